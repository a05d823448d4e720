//! What the entries of the settings look like in the API, described from the reference of the settings itself.

use settings::{Section, explained};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr, Schema,
        schema::{AdditionalProperties, ArrayBuilder, SchemaType, Type},
    },
};

/// A kind of entry: its name in the document, and where its keys are explained.
macro_rules! shape {
    ($($(#[$doc:meta])* $name:ident = $section:expr, $needed:expr;)*) => {$(
        $(#[$doc])*
        pub(super) struct $name;

        impl ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                described($section, &$needed)
            }
        }
    )*};
}

shape! {
    /// A company that buys.
    Buyer = Section::Buyer, ["id"];
    /// A standing offer of a buyer.
    Offer = Section::Offer, ["id", "buyer", "vertical", "post_url"];
    /// What callers reach.
    Campaign = Section::Campaign, ["id", "vertical"];
    /// Who sends callers.
    Publisher = Section::Publisher, ["id"];
    /// A number that callers dial.
    Number = Section::Number, ["number"];
    /// What holds everywhere.
    General = Section::Settings, [];
}

fn described(section: Section, needed: &[&str]) -> RefOr<Schema> {
    let mut object = ObjectBuilder::new().additional_properties(Some(AdditionalProperties::FreeForm(false)));
    // Entries of other kinds have routes of their own.
    let others = ["buyer", "offer", "publisher", "number", "campaign"];
    let is_own = |key: &&&str| section != Section::Settings || !others.contains(&**key);
    for key in section.keys().iter().filter(is_own) {
        if let Some(said) = explained(section, key) {
            object = object
                .property(*key, property(said.form, &format!("{} Default: {}.", said.meaning, said.default)));
        }
    }
    for key in needed {
        object = object.required(*key);
    }
    RefOr::T(Schema::Object(object.build()))
}

/// The JSON of a form as the reference words it; what may be several things is anything.
fn property(form: &str, says: &str) -> RefOr<Schema> {
    let of = |kind: Type| {
        let object = ObjectBuilder::new().schema_type(SchemaType::Type(kind)).description(Some(says));
        RefOr::T(Schema::Object(object.build()))
    };
    match form {
        "true or false" => of(Type::Boolean),
        "number" if says.starts_with("Callers") || says.starts_with("A number of yours") => of(Type::String),
        "text"
        | "word"
        | "id"
        | "URL"
        | "amount"
        | "length of time"
        | "zone"
        | "three capital letters"
        | "number or SIP address" => of(Type::String),
        "number" | "5 or 3" => of(Type::Integer),
        form if form.starts_with("list of") => {
            let items = ObjectBuilder::new().schema_type(SchemaType::AnyValue);
            RefOr::T(Schema::Array(ArrayBuilder::new().items(items).description(Some(says)).build()))
        }
        form if form.starts_with("table") => {
            let object = ObjectBuilder::new()
                .schema_type(SchemaType::Type(Type::Object))
                .additional_properties(Some(AdditionalProperties::FreeForm(true)))
                .description(Some(says));
            RefOr::T(Schema::Object(object.build()))
        }
        _ => RefOr::T(Schema::Object(
            ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some(says)).build(),
        )),
    }
}
