//! The callers: each has values that nobody else has, and says or keys them in right and in wrong places.

use std::time::Duration;

use sandbox::{
    Answer, Caller, HangUp, InboundCall,
    canary::Trait,
    medicare::{AGE, CAMPAIGN_NUMBER, ZIP},
};

/// How many behaviours of callers there are.
pub const WAYS: usize = 20;
/// Whose number is withheld.
pub const WITHHELD: usize = 18;
/// Who calls twice.
pub const TWICE: usize = 17;

/// One caller's values.
#[derive(Clone, Debug)]
pub struct Person {
    n: usize,
    pub phone: String,
    pub other_phone: String,
    pub first: String,
    pub last: String,
    pub address: String,
    pub email: String,
    pub born: String,
    pub said: [String; 2],
}

impl Person {
    pub fn new(n: usize) -> Self {
        let mark = mark(n);
        let area = ["305", "212", "415", "702"][n % 4];
        let exchange = match 200 + n * 37 % 790 {
            // The buyers' own numbers are of this one.
            555 => 556,
            other => other,
        };
        let line = n % 10_000;
        Self {
            n,
            phone: format!("+1{area}{exchange}{line:04}"),
            other_phone: format!("+1954{exchange}{line:04}"),
            first: format!("Quor{mark}"),
            last: format!("Velst{mark}"),
            address: format!("{} Zembla{mark} Street", 11 + n % 80),
            email: format!("quince.{mark}@mail.example"),
            born: format!("{:02}/{:02}/{}", 1 + n % 12, 1 + n / 12 % 28, 1850 + n / 336),
            said: [format!("my neighbour zquine{mark} told me"), format!("ask my aunt threll{mark}")],
        }
    }

    /// Which of several mistakes is theirs.
    pub const fn turn(&self) -> usize {
        self.n
    }

    /// What must not be found, the number first.
    pub fn traits(&self) -> Vec<Trait> {
        let mark = mark(self.n);
        let texts = [&*self.first, &*self.last, &*format!("Zembla{mark}"), &*self.email, &*self.born]
            .map(|text| Trait::Text(text.to_owned()));
        let said = ["zquine", "threll"].map(|word| Trait::Text(format!("{word}{mark}")));
        let phones = [&self.phone, &self.other_phone].map(|phone| Trait::Phone(phone.clone()));
        phones.into_iter().chain(texts).chain(said).collect()
    }

    /// The call, and what the carrier itself says of the caller.
    pub fn call(&self) -> InboundCall {
        let withheld = self.n % WAYS == WITHHELD;
        let mut extra = vec![("CallerName".to_owned(), format!("{} {}", self.first, self.last))];
        if self.n.is_multiple_of(7) {
            extra.push(("StirVerstat".to_owned(), format!("TN-Validation-Passed-A; orig={}", self.phone)));
            extra.push(("ForwardedFrom".to_owned(), self.other_phone.clone()));
        }
        InboundCall {
            from: (!withheld).then(|| self.phone.clone()),
            to: CAMPAIGN_NUMBER.to_owned(),
            caller: self.caller(),
            extra_params: extra,
        }
    }

    fn caller(&self) -> Caller {
        let keyed = &self.other_phone[2..];
        let way = self.n % WAYS;
        let age = if way == 16 { "40" } else { AGE };
        let agrees = if way == 15 { "2" } else { "1" };
        let speak = |text: &str| Answer::speak(text, "0.93");
        let caller = match way {
            14 => Caller::silent(),
            _ => Caller::by_prompt_in_turn([
                ("zip", vec![speak(&self.said[0]), Answer::press(ZIP)]),
                ("how old", vec![Answer::press(keyed), Answer::press(age)]),
                ("first name", vec![speak(&self.first)]),
                ("last name", vec![speak(&self.last)]),
                ("street", vec![speak(&self.address)]),
                ("mail address", vec![speak(&self.email)]),
                ("born", vec![speak(&self.born)]),
                ("call you back", vec![speak(&self.said[1]), Answer::press(keyed)]),
                ("press 1", vec![Answer::press(agrees)]),
            ]),
        };
        match way {
            9 => caller.hanging_up(HangUp::AtPrompt("how old".to_owned())),
            10 => caller.hanging_up(HangUp::AtPrompt("last name".to_owned())),
            11 => caller.hanging_up(HangUp::DuringHold),
            12 => caller.hanging_up(HangUp::WhileRinging),
            13 => caller.hanging_up(HangUp::AfterBridge(Duration::from_millis(500))),
            19 => caller.hanging_up(HangUp::AtWhisper),
            _ => caller,
        }
    }
}

/// Seven letters that only this number has.
fn mark(n: usize) -> String {
    let mut left = n * 7_919 + 20_011;
    let letters = (0..7).map(|_| {
        let letter = b'a' + u8::try_from(left % 26).unwrap_or(0);
        left /= 26;
        char::from(letter)
    });
    letters.collect()
}
