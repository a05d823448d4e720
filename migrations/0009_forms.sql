-- expand
-- Form leads and callback requests: a post that is the sale's question, and what a consent says.

-- Which attempt of its journey a post asks about: its answer is told to the journey. NULL: the sale is booked already.
ALTER TABLE posts ADD COLUMN handed BIGINT;

-- What a consent allows and whom it names, each a JSON list.
ALTER TABLE consents ADD COLUMN covers TEXT;
ALTER TABLE consents ADD COLUMN sellers TEXT;
