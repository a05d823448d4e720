-- Whatever changes what is summed up drops the sums of its hour: a call's row, its sale, or what was appended to the sale.
CREATE TRIGGER report_hours_call_added AFTER INSERT ON journey_rows BEGIN
    DELETE FROM report_hours WHERE hour = NEW.arrived_at / 3600000000;
END;
CREATE TRIGGER report_hours_call_gone AFTER DELETE ON journey_rows BEGIN
    DELETE FROM report_hours WHERE hour = OLD.arrived_at / 3600000000;
END;
CREATE TRIGGER report_hours_call_changed AFTER UPDATE ON journey_rows BEGIN
    DELETE FROM report_hours WHERE hour IN (OLD.arrived_at / 3600000000, NEW.arrived_at / 3600000000);
END;
CREATE TRIGGER report_hours_sale_added AFTER INSERT ON sales BEGIN
    DELETE FROM report_hours WHERE hour = NEW.booked_at / 3600000000;
END;
CREATE TRIGGER report_hours_sale_gone AFTER DELETE ON sales BEGIN
    DELETE FROM report_hours WHERE hour = OLD.booked_at / 3600000000;
END;
CREATE TRIGGER report_hours_sale_changed AFTER UPDATE ON sales BEGIN
    DELETE FROM report_hours WHERE hour IN (OLD.booked_at / 3600000000, NEW.booked_at / 3600000000);
END;
CREATE TRIGGER report_hours_entry_added AFTER INSERT ON sale_entries BEGIN
    DELETE FROM report_hours WHERE hour = (SELECT booked_at / 3600000000 FROM sales WHERE id = NEW.sale);
END;
CREATE TRIGGER report_hours_entry_gone AFTER DELETE ON sale_entries BEGIN
    DELETE FROM report_hours WHERE hour = (SELECT booked_at / 3600000000 FROM sales WHERE id = OLD.sale);
END;
CREATE TRIGGER report_hours_entry_changed AFTER UPDATE ON sale_entries BEGIN
    DELETE FROM report_hours WHERE hour IN ((SELECT booked_at / 3600000000 FROM sales WHERE id = OLD.sale), (SELECT booked_at / 3600000000 FROM sales WHERE id = NEW.sale));
END;
CREATE TRIGGER report_hours_correction_added AFTER INSERT ON sale_corrections BEGIN
    DELETE FROM report_hours WHERE hour = (SELECT booked_at / 3600000000 FROM sales WHERE id = NEW.sale);
END;
CREATE TRIGGER report_hours_correction_gone AFTER DELETE ON sale_corrections BEGIN
    DELETE FROM report_hours WHERE hour = (SELECT booked_at / 3600000000 FROM sales WHERE id = OLD.sale);
END;
CREATE TRIGGER report_hours_correction_changed AFTER UPDATE ON sale_corrections BEGIN
    DELETE FROM report_hours WHERE hour IN ((SELECT booked_at / 3600000000 FROM sales WHERE id = OLD.sale), (SELECT booked_at / 3600000000 FROM sales WHERE id = NEW.sale));
END;
