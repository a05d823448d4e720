-- Whatever changes what is summed up drops the sums of its hour: a call's row, its sale, or what was appended to the sale.
-- Whoever sums an hour up has its lock alone until the commit, and whoever changes something of it shares that lock until
-- then: so nobody sums up beside a change that is not committed yet.
CREATE FUNCTION report_hours_drop(at BIGINT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1752135026, CAST(at / 3600000000 % 1000000000 AS INTEGER));
    -- A statement of its own: it sees what was committed before the lock was had.
    DELETE FROM report_hours WHERE hour = at / 3600000000;
END
$$;
CREATE FUNCTION report_hours_of_call() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM report_hours_drop(OLD.arrived_at);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM report_hours_drop(NEW.arrived_at);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER report_hours_call AFTER INSERT OR UPDATE OR DELETE ON journey_rows
    FOR EACH ROW EXECUTE FUNCTION report_hours_of_call();
CREATE FUNCTION report_hours_of_sale() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM report_hours_drop(OLD.booked_at);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM report_hours_drop(NEW.booked_at);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER report_hours_sale AFTER INSERT OR UPDATE OR DELETE ON sales
    FOR EACH ROW EXECUTE FUNCTION report_hours_of_sale();
CREATE FUNCTION report_hours_of_entry() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM report_hours_drop((SELECT booked_at FROM sales WHERE id = OLD.sale));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM report_hours_drop((SELECT booked_at FROM sales WHERE id = NEW.sale));
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER report_hours_entry AFTER INSERT OR UPDATE OR DELETE ON sale_entries
    FOR EACH ROW EXECUTE FUNCTION report_hours_of_entry();
CREATE TRIGGER report_hours_correction AFTER INSERT OR UPDATE OR DELETE ON sale_corrections
    FOR EACH ROW EXECUTE FUNCTION report_hours_of_entry();
