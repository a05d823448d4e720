//! The settings of a flow: the shipped example, changed key by key.

use std::time::Duration;

use sandbox::{Medicare, medicare::Name};
use toml::{Table, Value};

/// The example that the project ships.
const EXAMPLE: &str = include_str!("../../config/demo-settings.toml");
/// How long buyers may think in a flow: a silent one costs so much.
pub const TIMEOUT: Duration = Duration::from_secs(1);

/// A settings file in the making. Each change is a piece of TOML whose keys take the place of those that stand there.
#[derive(Clone)]
pub struct Draft(Table);

impl Draft {
    /// The example, with buyers that may think for a second.
    pub fn example() -> Self {
        let mut draft = Self(EXAMPLE.parse().expect("the example is TOML"));
        for offer in draft.list("offer") {
            set(offer, "timeout = '1s'");
        }
        draft
    }

    /// Keys of the whole file.
    pub fn file(&mut self, keys: &str) {
        merge(&mut self.0, keys);
    }

    /// Keys of a buyer's offer.
    pub fn offer(&mut self, name: Name, keys: &str) {
        set(&mut self.list("offer")[name as usize], keys);
    }

    /// Keys of every offer.
    pub fn offers(&mut self, keys: &str) {
        self.list("offer").iter_mut().for_each(|offer| set(offer, keys));
    }

    /// The file without a buyer's offer.
    pub fn drops(&mut self, name: Name) {
        self.list("offer").remove(name as usize);
    }

    /// Keys that an offer is not to have.
    pub fn offer_without(&mut self, name: Name, keys: &[&str]) {
        let offer = self.list("offer")[name as usize].as_table_mut().expect("an offer is a table");
        keys.iter().for_each(|key| drop(offer.remove(*key)));
    }

    /// Keys of the campaign.
    pub fn campaign(&mut self, keys: &str) {
        set(&mut self.list("campaign")[0], keys);
    }

    /// Keys of how the campaign calls people back.
    pub fn callback(&mut self, keys: &str) {
        let callback = self.list("campaign")[0].get_mut("callback").expect("the example has a callback");
        set(callback, keys);
    }

    /// Keys of the publisher.
    pub fn publisher(&mut self, keys: &str) {
        set(&mut self.list("publisher")[0], keys);
    }

    /// Keys of one of the script's questions.
    pub fn question(&mut self, n: usize, keys: &str) {
        set(&mut self.questions()[n], keys);
    }

    /// One more question, the last.
    pub fn asks(&mut self, keys: &str) {
        self.questions().push(Value::Table(keys.parse().expect("a question is TOML")));
    }

    /// The file, with the URLs of the buyers that run here.
    pub fn text(&self, medicare: &Medicare) -> String {
        let mut text = toml::to_string(&self.0).expect("a table can be written");
        for (n, buyer) in medicare.buyers.iter().enumerate() {
            text = text.replace(&format!("http://127.0.0.1:{}", 9_101 + n), &buyer.origin());
        }
        text
    }

    fn list(&mut self, key: &str) -> &mut Vec<Value> {
        self.0.get_mut(key).and_then(Value::as_array_mut).expect("the example has it")
    }

    fn questions(&mut self) -> &mut Vec<Value> {
        let script = self.list("campaign")[0].get_mut("script").expect("the example has a script");
        script.get_mut("question").and_then(Value::as_array_mut).expect("the script has questions")
    }
}

fn set(table: &mut Value, keys: &str) {
    merge(table.as_table_mut().expect("it is a table"), keys);
}

fn merge(table: &mut Table, keys: &str) {
    table.extend(keys.parse::<Table>().expect("a change is TOML"));
}
