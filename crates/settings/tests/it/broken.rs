//! Broken files: the line, the field, what is wrong and what mends it.

use crate::world::{EXAMPLE, parse, parse_with, problems, says, small_offer};

#[test]
fn ids_that_are_missing_twice_or_unknown() {
    let text = "[[buyer]]\nid = \"c\"\n[[buyer]]\nid = \"c\"\n[[buyer]]\n[[buyer]]\nid = \"Buyer C\"\n[[offer]]\nid = \"o\"\nbuyer = \
                \"d\"\nvertical = \"m\"\nping_url = \"https://c.example/\"\n[[number]]\nnumber = \"3055550100\"\ncampaign = \
                \"medicar\"\n[[campaign]]\nid = \"medicare\"\nvertical = \"m\"\n[[number]]\nnumber = \"+18005550100\"\ncampaign = \
                \"medicare\"\n[[number]]\nnumber = \"+18005550100\"\ncampaign = \"medicare\"\npublisher = \"p\"\n";
    let expected = [
        "4:6: buyer.c.id: an earlier buyer has this id; give each its own id",
        "5:1: buyer[3].id: `id` is missing; give it an id of lower-case letters, digits and hyphens, ex: \"buyer-c\"",
        "7:6: buyer[4].id: this is no id; an id is 1 to 64 lower-case letters, digits and hyphens, and begins with a letter \
         or digit, ex: \"buyer-c\"",
        "8:1: offer.o.post_url: `post_url` is missing; say where the full lead goes once the buyer has answered",
        "10:9: offer.o.buyer: there is no buyer with this id; did you mean \"c\"?",
        "14:10: number[1].number: this is no number in E.164 form; a number begins with + and its country code, ex: \
         +13055550142",
        "15:12: number[1].campaign: there is no campaign with this id; did you mean \"medicare\"?",
        "23:10: number[3].number: the number stands in an earlier entry; keep one entry; a number reaches one campaign",
        "25:13: number[3].publisher: there is no publisher with this id; add a [[publisher]] with this id, or name one that \
         is there",
    ];
    let expected: Vec<_> = expected.iter().map(|text| format!("settings.toml:{text}")).collect();
    assert_eq!(problems(text), expected);
}

#[test]
fn scripts() {
    let head = "[[campaign]]\nid = \"m\"\nvertical = \"m\"\n";
    let question = |rest: &str| format!("{head}[[campaign.script.question]]\n{rest}");
    let rows = [
        (
            question("field = \"zip\"\nask = \"?\"\ncheck = \"zip\""),
            "4:1: campaign.m.script.question[1].audience: `audience` is missing; say who may see the answer: \"bidders\" or \"winner\"",
        ),
        (
            question("field = \"zip\"\naudience = \"bidders\"\nask = \"\"\ncheck = \"zip\""),
            "7:7: campaign.m.script.question[1].ask: the prompt is empty, and a caller would hear silence; write what the caller hears",
        ),
        (
            question("field = \"zip\"\naudience = \"bidders\"\nask = \"Zip?\"\ncheck = \"age\""),
            "8:9: campaign.m.script.question[1].check: the field zip means a US zip; give it the check \"zip\", or another name",
        ),
        (
            question("field = \"name\"\naudience = \"bidders\"\nask = \"Name?\"\ncheck = \"name\""),
            "6:12: campaign.m.script.question[1].audience: Free text can hide a name; give it to the winner only, or use a check with declared answers",
        ),
        (
            question(
                "field = \"age\"\naudience = \"bidders\"\nask = \"Age?\"\ncheck = \"age\"\ntries_max = 9",
            ),
            "9:13: campaign.m.script.question[1].tries_max: the number is out of its range; write a whole number from 1 to 5",
        ),
        (
            question(
                "field = \"age\"\naudience = \"bidders\"\nask = \"Age?\"\ncheck = \"age\"\ndisqualify = [{ say = \"Bye\" }]",
            ),
            "9:15: campaign.m.script.question[1].disqualify[1]: a disqualification has one condition; write one of `under`, `over`, `answer`, `one_of`, `none_of`, `in_states` and `outside_states`",
        ),
        (
            question(
                "field = \"age\"\naudience = \"bidders\"\nask = \"Age?\"\ncheck = \"age\"\ndisqualify = [{ answer = \"yes\" }]",
            ),
            "9:14: campaign.m.script.question[1].disqualify: a disqualifying condition does not suit the check; it could never hold",
        ),
        (
            question(
                "field = \"age\"\naudience = \"bidders\"\nask = \"Age?\"\ncheck = { age = { min = 9, max = 1 } }",
            ),
            "8:9: campaign.m.script.question[1].check: the range is empty: min is over max; exchange them",
        ),
        (
            question(
                "field = \"age\"\naudience = \"bidders\"\nask = \"Age?\"\ncheck = \"age\"\n[[campaign.script.question]]\nfield = \"age\"\naudience = \"bidders\"\nask = \"Age?\"\ncheck = \"age\"",
            ),
            "10:9: campaign.m.script.question[2].field: an earlier question has the same field; give each question its own field",
        ),
    ];
    says(rows.map(|(text, expected)| (text, expected.to_owned())));
}

#[test]
fn campaigns() {
    let head = "[[campaign]]\nid = \"m\"\nvertical = \"m\"\n";
    let rows = [
        (
            format!("{head}fallback = {{ say = [] }}"),
            "4:20: campaign.m.fallback.say: the prompt is empty, and a caller would hear silence; write what the caller hears",
        ),
        (
            format!("{head}hold_audio = {{ play = \"http://a.example/a.wav\" }}"),
            "4:14: campaign.m.hold_audio: a recording is an https:// URL or the name of a shipped one, ex: \"hold.wav\"; change it",
        ),
        (
            format!("{head}recording = \"on\""),
            "4:13: campaign.m.recording: there is no such choice; write \"off\", or { notice = \"This call is recorded.\" }",
        ),
        (
            format!("{head}budget = \"2m\""),
            "4:10: campaign.m.budget: the length of time is out of its range; write 1s to 1m",
        ),
        (
            format!("{head}questions = []"),
            "4:1: campaign.m.questions: there is no key `questions`; did you mean `question`, ex: [[campaign.script.question]]?",
        ),
    ];
    says(rows.map(|(text, expected)| (text, expected.to_owned())));
}

#[test]
fn a_round_that_cuts_a_timeout() {
    let text = small_offer("timeout = \"8s\"").replace(
        "vertical = \"medicare\"\n[[campaign.s",
        "vertical = \"medicare\"\nbudget = \"5s\"\n[[campaign.s",
    );
    assert_eq!(
        problems(&text),
        [
            "settings.toml:31:11: offer.c-medicare.timeout: the round of campaign \"medicare\" ends after 5s, before this timeout; \
          raise the campaign's budget to 8s, or lower the timeout"
        ]
    );
}

#[test]
fn everything_is_found_in_one_reading() {
    let text = small_offer(
        "timout = \"2s\"\nmin_bid = 50\nbid_max = 40\nrequired = [\"zipp\"]\nhours = { mon = [\"9-5\"] }\ncurency = 1",
    );
    let lines: Vec<_> = parse(&text).expect_err("broken").iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [30, 31, 33, 34, 35]);
}

#[test]
fn what_is_no_toml_is_named_with_all_its_lines() {
    let found = problems("a = \nb = 1\nb = 2\n[[offer\n");
    assert!(found.len() >= 3, "{found:?}");
    assert!(found.iter().all(|line| line.contains("this is not TOML")), "{found:?}");
}

#[test]
fn a_heading_with_one_pair_of_brackets_is_told_so() {
    assert_eq!(
        problems("[offer]\nid = \"c\"\n"),
        [
            "settings.toml:1:1: offer: this is one table, and the key takes a list of them; write its heading with two pairs of \
          brackets, ex: [[offer]]"
        ]
    );
}

/// Whatever is missing, the reading ends with settings or with problems at lines of the file.
#[test]
fn a_file_with_any_line_taken_away_is_read_to_its_end() {
    let lines: Vec<_> = EXAMPLE.lines().collect();
    for gone in 0..lines.len() {
        let left: Vec<_> =
            lines.iter().enumerate().filter(|(n, _)| *n != gone).map(|(_, line)| *line).collect();
        for text in [left.join("\n"), lines[..gone].join("\n"), lines[gone..].join("\n")] {
            for problem in parse_with(&text, true).err().unwrap_or_default() {
                assert!((1..=lines.len()).contains(&problem.line) && problem.column > 0, "{problem}");
                assert!(!problem.what.is_empty() && !problem.mend.is_empty(), "{problem}");
            }
        }
    }
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let found = problems(&"# a comment\n".repeat(100_000));
    assert_eq!(found, ["settings.toml:1:1: the file is too large; keep it under 1048576 bytes"]);
}

#[test]
fn no_error_repeats_a_number_or_a_secret() {
    let text = "[[number]]\nnumber = \"+1 305 555 0142\"\n\"+13055550143\" = 1\ncampaign = \"13055550144\"\n[[buyer]]\nid = \
                \"13055550145\"\nname = 7\n[[offer]]\nid = \"o\"\nauth = { bearer = \"hunter2\\n\" }\nheaders = { \"X-Key\" = \
                \"hunter2\\u0007\" }\nsigning_secrets = [\"whsec_hunter2\"]\ndestination = \"+1305555014\"\nwhisper = \
                \"{13055550146}\"\nallowed = { prefixes = [\"3055550147\"] }\n[[offer]]\nid = \"13055550148\"\n";
    let found = problems(text).join("\n");
    assert!(found.lines().count() > 10, "{found}");
    for hidden in ["hunter2", "305555014", "305 555"] {
        let lines: Vec<_> = found
            .lines()
            .filter(|line| line.contains(hidden) && !line.ends_with("ex: +13055550142"))
            .collect();
        assert!(lines.is_empty(), "{hidden}: {lines:?}");
    }
}

#[test]
fn what_is_only_warned_of() {
    let text = small_offer(
        "phone_in_ping = true\nactive = false\n[[buyer]]\nid = \"idle\"\n[[campaign]]\nid = \"solar\"\nvertical = \"solar\"",
    );
    let settings = parse(&text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let found: Vec<_> =
        settings.warnings().iter().map(|warning| (warning.line, warning.what.as_str())).collect();
    assert_eq!(
        found,
        [
            (3, "no active offer buys this vertical"),
            (30, "every ping of this offer shows the caller's number"),
            (32, "this buyer has no offer"),
            (34, "no number reaches this campaign"),
            (36, "no active offer buys this vertical"),
        ]
    );
}
