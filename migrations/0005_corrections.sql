-- expand
-- What is corrected of a sale beside its entries, any number of times: what its buyer owes more or less, and what its buyer
-- reports. Appended, never changed. A return and a dispute are entries of the sale itself.
CREATE TABLE sale_corrections (
    sale UUID NOT NULL,
    n BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('adjustment', 'conversion')),
    -- What the buyer owes more, or less where it is below zero. Zero for what is only reported.
    amount BIGINT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (sale, n)
);
