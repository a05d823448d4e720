//! The rules as data. They need counsel: see `docs/compliance.md`, which shows this very table.
//!
//! Where a law has exceptions, ex: for a call that was asked for, the row does not use them; where two readings are open, it
//! has the stricter one. States that are not here say nothing stricter than what is federal, as far as was found.

use super::{
    Holidays::{self, AsTheDay, Closed},
    Seen::{self, Report, Text},
    StateLaw, Week, Window,
};

/// 47 CFR 64.1200(c)(1) and 16 CFR 310.4(c): not before 8 a.m. or after 9 p.m. at the called party's location.
pub(super) const FEDERAL: Week =
    week(Window::hours(8, 21), Window::hours(8, 21), Window::hours(8, 21), AsTheDay);

/// No federal rule says how often. Three is the strictest state's number, and holds everywhere.
pub(super) const DIALS_IN_24H_MAX: u32 = 3;

pub(super) const STATES: [StateLaw; 26] = [
    law(
        "AL",
        six_days(8, 20),
        None,
        "Ala. Public Service Commission, telephone solicitation rules; Ala. Code 1-3-8",
        Report,
    ),
    law(
        "CA",
        every_day(9, 21),
        None,
        "Cal. Pub. Util. Code 2872 (automatic dialing-announcing devices)",
        Report,
    ),
    law("CT", every_day(9, 20), None, "Conn. Gen. Stat. 42-288a", Report),
    law("FL", every_day(8, 20), Some(3), "Fla. Stat. 501.616(6)", Report),
    law("IL", every_day(9, 21), None, "815 ILCS 305/15 (autodialers); 815 ILCS 413/15", Report),
    law("IN", every_day(9, 20), None, "Ind. Code 24-5-14 (automatic dialing-announcing devices)", Report),
    law("KY", every_day(10, 21), None, "Ky. Rev. Stat. 367.46951 to 367.46999", Report),
    law(
        "LA",
        six_days(8, 20),
        None,
        "La. Public Service Commission General Order R-29617 V(A); La. R.S. 45:811",
        Report,
    ),
    law("MA", every_day(8, 20), None, "Mass. Gen. Laws ch. 159C", Report),
    law(
        "MD",
        every_day(8, 20),
        Some(3),
        "Md. Code, Com. Law 14-4501 et seq. (Stop the Spam Calls Act)",
        Report,
    ),
    law(
        "ME",
        week(Window::hours(9, 17), None, None, Closed),
        None,
        "Me. Rev. Stat. tit. 10, 1498 (automated calls)",
        Report,
    ),
    law("MI", every_day(9, 21), None, "Mich. Comp. Laws 484.125 (recorded messages)", Report),
    law("MN", every_day(9, 21), None, "Minn. Stat. 325E.30", Report),
    law("MS", six_days(8, 20), None, "Miss. Code 77-3-701 et seq.; Miss. Code 3-3-7", Report),
    law(
        "NE",
        week(Window::hours(8, 21), Window::hours(8, 21), Window::hours(13, 21), Closed),
        None,
        "Neb. Admin. Code tit. 291, ch. 11, 3 (prerecorded messages)",
        Report,
    ),
    law("NM", every_day(9, 21), None, "N.M. Stat. 57-12-22", Report),
    law("NV", every_day(9, 20), None, "Nev. Rev. Stat. 598.0918", Report),
    law("OK", every_day(8, 20), Some(3), "Okla. Stat. tit. 15, 775C.4", Report),
    law("OR", every_day(8, 20), Some(3), "Oregon HB 3865 (2025)", Report),
    law(
        "PA",
        week(Window::hours(8, 21), Window::hours(8, 21), Window::hours(8, 21), Closed),
        None,
        "73 Pa. Stat. 2241 et seq.",
        Report,
    ),
    law(
        "RI",
        week(Window::hours(9, 18), Window::hours(10, 17), None, Closed),
        None,
        "R.I. Gen. Laws 5-61-3.6; hours of 5-61-2(9)",
        Report,
    ),
    law(
        "SD",
        week(Window::hours(9, 21), None, None, Closed),
        None,
        "S.D. Codified Laws 37-30-28 (automated dialing)",
        Text,
    ),
    law(
        "TX",
        week(Window::hours(9, 21), Window::hours(9, 21), Window::hours(12, 21), AsTheDay),
        None,
        "Tex. Bus. & Com. Code 301.051",
        Report,
    ),
    law(
        "UT",
        week(Window::hours(8, 21), Window::hours(8, 21), None, Closed),
        None,
        "Utah Code 13-25a-103",
        Report,
    ),
    law("WA", every_day(8, 20), None, "Wash. Rev. Code 80.36.390; 19.158.110", Report),
    law("WY", every_day(8, 20), None, "Wyo. Stat. 40-12-301 et seq.", Report),
];

const fn law(
    state: &'static str,
    week: Week,
    dials_in_24h_max: Option<u32>,
    source: &'static str,
    seen: Seen,
) -> StateLaw {
    StateLaw { state, week, dials_in_24h_max, source, seen }
}

const fn week(
    weekdays: Option<Window>,
    saturday: Option<Window>,
    sunday: Option<Window>,
    holidays: Holidays,
) -> Week {
    Week { weekdays, saturday, sunday, holidays }
}

const fn every_day(from: i16, to: i16) -> Week {
    week(Window::hours(from, to), Window::hours(from, to), Window::hours(from, to), AsTheDay)
}

/// Neither on Sundays nor on holidays.
const fn six_days(from: i16, to: i16) -> Week {
    week(Window::hours(from, to), Window::hours(from, to), None, Closed)
}
