//! Anything may be said and keyed: every reader, with words that are nearly right and with none at all.

use proptest::prelude::*;

use crate::readers;

fn nearly_right() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[0-9*#]{0,12}",
        "(one|two|oh|zero|nineteen|sixty|hundred|thousand|and|double|point|minus|a){0,1}",
        "(yes|no|not|yeah|nope|florida|new york|i own|i rent|my name is|zip|it is){0,1}",
        "[\\PC]{0,6}",
    ];
    proptest::collection::vec(word, 0..8).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_answer_to_every_kind_of_question(text in prop_oneof![nearly_right(), any::<String>()]) {
        readers::answer(&text);
    }

    #[test]
    fn numbers_places_and_amounts(text in prop_oneof![
        any::<String>(), "\\+?[0-9]{0,17}", "[0-9]{5}", "[a-zA-Z ]{0,14}", "-?[0-9]{0,20}\\.?[0-9]{0,8}", "[a-z][a-z0-9_ +-]{0,42}",
    ]) {
        readers::words(&text);
    }
}
