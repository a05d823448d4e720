-- Whatever changes what is summed up drops the sums of its hour: a call's row, its sale, or what was appended to the sale.
-- Whoever sums an hour up has its lock alone until the commit, and whoever changes something of it shares that lock until
-- then: so nobody sums up beside a change that is not committed yet. What is dropped is looked for in a statement of its own,
-- which sees what was committed before the lock was had. The tables stand in the order in which a call's writers come to them.
CREATE FUNCTION report_hours_of_sale() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    changed BIGINT;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        changed := OLD.booked_at / 3600000000;
        PERFORM pg_advisory_xact_lock_shared(1752135026, CAST(changed % 1000000000 AS INTEGER));
        DELETE FROM report_hours WHERE hour = changed;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        changed := NEW.booked_at / 3600000000;
        PERFORM pg_advisory_xact_lock_shared(1752135026, CAST(changed % 1000000000 AS INTEGER));
        DELETE FROM report_hours WHERE hour = changed;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER report_hours_sale AFTER INSERT OR UPDATE OR DELETE ON sales
    FOR EACH ROW EXECUTE FUNCTION report_hours_of_sale();
CREATE FUNCTION report_hours_of_entry() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    changed BIGINT;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        changed := (SELECT booked_at / 3600000000 FROM sales WHERE id = OLD.sale);
        PERFORM pg_advisory_xact_lock_shared(1752135026, CAST(changed % 1000000000 AS INTEGER));
        DELETE FROM report_hours WHERE hour = changed;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        changed := (SELECT booked_at / 3600000000 FROM sales WHERE id = NEW.sale);
        PERFORM pg_advisory_xact_lock_shared(1752135026, CAST(changed % 1000000000 AS INTEGER));
        DELETE FROM report_hours WHERE hour = changed;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER report_hours_entry AFTER INSERT OR UPDATE OR DELETE ON sale_entries
    FOR EACH ROW EXECUTE FUNCTION report_hours_of_entry();
CREATE TRIGGER report_hours_correction AFTER INSERT OR UPDATE OR DELETE ON sale_corrections
    FOR EACH ROW EXECUTE FUNCTION report_hours_of_entry();
CREATE FUNCTION report_hours_of_call() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    changed BIGINT;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        changed := OLD.arrived_at / 3600000000;
        PERFORM pg_advisory_xact_lock_shared(1752135026, CAST(changed % 1000000000 AS INTEGER));
        DELETE FROM report_hours WHERE hour = changed;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        changed := NEW.arrived_at / 3600000000;
        PERFORM pg_advisory_xact_lock_shared(1752135026, CAST(changed % 1000000000 AS INTEGER));
        DELETE FROM report_hours WHERE hour = changed;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER report_hours_call AFTER INSERT OR UPDATE OR DELETE ON journey_rows
    FOR EACH ROW EXECUTE FUNCTION report_hours_of_call();
