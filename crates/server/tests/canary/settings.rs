//! The settings of the run: the shipped example, with every way in which an offer may be told or dialled.

use sandbox::Medicare;

/// Mistakes of each person.
const MISTAKES: usize = 6;

const EXAMPLE: &str = include_str!("../../../../config/demo-settings.toml");

/// Questions behind those of the example, all for the winner alone.
const QUESTIONS: [(&str, &str, &str); 7] = [
    ("first_name", "What is your first name?", "\"name\""),
    ("last_name", "What is your last name?", "\"name\""),
    ("street", "In which street do you live?", "\"text\""),
    ("email", "What is your mail address?", "\"text\""),
    ("born", "When were you born?", "\"text\""),
    ("callback", "At which number may we call you back?", "\"phone\""),
    ("consent", "To be connected to a licensed agent, press 1.", "{ consent = { text_version = \"1\" } }"),
];

/// What each buyer's offer has of its own, A first.
const OFFERS: [&str; 6] = [
    "whisper = \"Medicare from {state}, {zip}\"\nscreening = \"press_one\"",
    "phone_in_ping = true",
    "duplicate = { scope = \"buyer\", trigger = \"answered\", days = 30 }\nstatic_price = \"45.00\"",
    "confirm_url = \"http://127.0.0.1:9104/confirm\"\nconfirm = { timeout = \"1s\" }",
    "confirm_url = \"http://127.0.0.1:9105/confirm\"\ncaller_id = \"pass\"\nconfirm = { timeout = \"1s\", phone = true }",
    "zip_digits = 3",
];

/// The text, with the URLs of the buyers that run here.
pub fn text(medicare: &Medicare) -> String {
    let mut file: toml::Table = EXAMPLE.parse().expect("the example is TOML");
    let campaign = &mut list(&mut file, "campaign")[0];
    campaign
        .insert("recording".to_owned(), table("recording = { notice = 'Recorded.' }")["recording"].clone());
    let script = campaign.get_mut("script").and_then(toml::Value::as_table_mut).expect("a script");
    for (field, ask, check) in QUESTIONS {
        let question = format!(
            "field = \"{field}\"\naudience = \"winner\"\nask = \"{ask}\"\ncheck = {check}\ntries_max = 2"
        );
        let questions = script.get_mut("question").and_then(toml::Value::as_array_mut).expect("questions");
        questions.push(toml::Value::Table(table(&question)));
    }
    for buyer in list(&mut file, "buyer") {
        buyer.retain(|key, _| !matches!(key, "caps" | "concurrency"));
    }
    for (offer, own) in list(&mut file, "offer").into_iter().zip(OFFERS) {
        offer.retain(|key, _| !matches!(key, "caps" | "filters"));
        offer.extend(table(own));
    }
    let mut text = toml::to_string(&file).expect("a table can be written");
    for (n, buyer) in medicare.buyers.iter().enumerate() {
        text = text.replace(&format!("http://127.0.0.1:{}", 9_101 + n), &buyer.origin());
    }
    text
}

/// The text with this value in the place of some of its values and keys, other ones each turn.
pub fn mistaken(text: &str, value: &str, turn: usize) -> Vec<String> {
    let lines: Vec<_> = text.lines().collect();
    let holding: Vec<_> = (0..lines.len()).filter(|n| lines[*n].contains(" = ")).collect();
    let chosen = (0..MISTAKES).map(|n| holding[(turn * MISTAKES + n * 17) % holding.len()]);
    let mistakes = chosen.enumerate().map(|(n, at)| {
        let (key, kept) = lines[at].split_once(" = ").expect("it has one");
        let wrong = match n % 3 {
            0 => format!("{key} = \"{value}\""),
            1 => format!("\"{value}\" = {kept}"),
            // No TOML any more.
            _ => format!("{key} = {value}"),
        };
        lines
            .iter()
            .enumerate()
            .map(|(n, line)| if n == at { &*wrong } else { line })
            .collect::<Vec<_>>()
            .join("\n")
    });
    mistakes.collect()
}

fn table(text: &str) -> toml::Table {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn list<'t>(file: &'t mut toml::Table, key: &str) -> Vec<&'t mut toml::Table> {
    let array = file.get_mut(key).and_then(toml::Value::as_array_mut).expect("the example has it");
    array.iter_mut().filter_map(toml::Value::as_table_mut).collect()
}
