//! Kill points: named places at which a test build ends its own process by SIGKILL, so that what a crash leaves behind
//! there can be looked at. Without the feature `failpoints` a point is nothing at all.
//!
//! `KILL_AT=drive::before_commit:3` dies at the third passage of that point.

/// Dies here, if the environment of a test build says so. In any other build it is nothing.
#[cfg(not(feature = "failpoints"))]
#[macro_export]
macro_rules! point {
    ($name:literal) => {};
}

/// Dies here, if the environment of a test build says so. In any other build it is nothing.
#[cfg(feature = "failpoints")]
#[macro_export]
macro_rules! point {
    ($name:literal) => {
        $crate::kill_points::pass($name)
    };
}

#[cfg(feature = "failpoints")]
pub use armed::{LEAD_POINTS, POINTS, VARIABLE, pass};

#[cfg(feature = "failpoints")]
mod armed {
    use std::sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    };

    /// The variable that names a point and one of its passages, counted from 1.
    pub const VARIABLE: &str = "KILL_AT";

    /// Those that only leads by form and people who asked to be rung pass.
    pub const LEAD_POINTS: &[&str] = &[
        "outbox::before_handed",
        "outbox::after_handed",
        "act::before_send_code",
        "act::after_send_code",
        "act::before_dial_lead",
        "act::before_create",
        "act::after_create",
        "act::after_dial_lead",
        "act::after_lead_dialled",
    ];

    /// Every other point; a test compares them with the sources.
    pub const POINTS: &[&str] = &[
        "drive::before_lock",
        "drive::after_lock",
        "drive::before_refresh",
        "drive::after_refresh",
        "drive::before_edition",
        "drive::after_edition",
        "drive::before_act",
        "drive::after_act",
        "drive::before_read",
        "drive::after_read",
        "drive::before_append",
        "drive::after_append",
        "drive::before_writing_posts",
        "drive::after_writing_posts",
        "drive::before_commit",
        "drive::after_commit",
        "round::before_brief",
        "round::after_brief",
        "round::before_standing",
        "round::after_standing",
        "round::before_pings",
        "round::after_pings",
        "round::before_close",
        "round::after_close",
        "round::after_record",
        "round::after_answer",
        "round::before_join",
        "round::after_join",
        "act::before_open",
        "act::after_open",
        "act::before_confirmed",
        "act::after_confirmed",
        "act::before_confirm",
        "act::after_confirm",
        "act::before_push",
        "act::after_push",
        "act::after_pushed",
        "act::before_push_ask",
        "act::after_push_ask",
        "act::before_record",
        "act::after_record",
        "act::before_drop",
        "act::after_drop",
        "act::after_dropped",
        "outbox::before_claim",
        "outbox::after_claim",
        "outbox::before_dialect",
        "outbox::before_send",
        "outbox::after_send",
        "outbox::before_settle",
        "outbox::after_settle",
        "deadlines::before_sweep",
        "deadlines::after_sweep",
        "deadlines::before_look",
        "deadlines::after_look",
        "deadlines::before_look_up",
        "deadlines::after_look_up",
        "deadlines::before_deadline",
        "deadlines::after_deadline",
        "reconcile::before_ask",
        "reconcile::after_ask",
        "reconcile::before_tell",
        "reconcile::after_tell",
        "watch::before_take_up",
        "watch::after_take_up",
        "watch::before_census",
        "watch::after_census",
        "writer::before_batch",
        "writer::after_begin",
        "writer::before_job",
        "writer::after_job",
        "writer::before_commit",
        "writer::after_commit",
        "writer::after_answers",
    ];

    struct Armed {
        point: String,
        nth: u64,
        passed: AtomicU64,
    }

    static ARMED: OnceLock<Option<Armed>> = OnceLock::new();

    /// Passes a point, or ends the process there: nothing is unwound, flushed or closed.
    pub fn pass(name: &'static str) {
        let Some(armed) = ARMED.get_or_init(armed) else { return };
        if armed.point == name && armed.passed.fetch_add(1, Ordering::SeqCst) + 1 == armed.nth {
            die();
        }
    }

    fn die() {
        use rustix::process::{Signal, getpid, kill_process};
        kill_process(getpid(), Signal::KILL).expect("a process may kill itself");
        // The signal may reach another thread first; this one does nothing more.
        loop {
            std::thread::park();
        }
    }

    #[expect(clippy::disallowed_methods, reason = "a test build has no configuration for its own death")]
    fn armed() -> Option<Armed> {
        let value = std::env::var(VARIABLE).ok()?;
        let (point, nth) = value.rsplit_once(':').expect("KILL_AT is a point, a colon and a number");
        assert!(POINTS.contains(&point) || LEAD_POINTS.contains(&point), "{point} is no kill point");
        let nth = nth.parse().expect("KILL_AT ends in the number of a passage");
        Some(Armed { point: point.to_owned(), nth, passed: AtomicU64::new(0) })
    }
}
