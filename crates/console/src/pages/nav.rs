//! The navigation: it follows the money, and holds only what there is and what the actor may open.

use crate::{Permission, actor::Actor};

/// A few links under a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// A name for the page's own references.
    pub id: usize,
    /// The heading; the first group has none.
    pub title: &'static str,
    /// The links.
    pub links: Vec<Link>,
}

/// One link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Where it leads.
    pub path: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// The key that goes there after `g`; empty: none.
    pub key: &'static str,
    needs: Permission,
}

const fn link(path: &'static str, label: &'static str, needs: Permission) -> Link {
    Link { path, label, key: "", needs }
}

impl Link {
    const fn by(self, key: &'static str) -> Self {
        Self { key, ..self }
    }
}

/// All of it, in its order.
const ALL: [(&str, &[Link]); 5] = [
    (
        "",
        &[
            link("/", "Home", Permission::ReadCalls).by("h"),
            link("/live", "Live", Permission::ReadCalls).by("l"),
            link("/calls", "Calls", Permission::ReadCalls).by("c"),
        ],
    ),
    (
        "Sell to",
        &[
            link("/offers", "Offers", Permission::ReadSettings).by("o"),
            link("/buyers", "Buyers", Permission::ReadSettings),
        ],
    ),
    (
        "Come from",
        &[
            link("/campaigns", "Campaigns", Permission::ReadSettings).by("k"),
            link("/publishers", "Publishers", Permission::ReadSettings),
            link("/trunks", "Trunks", Permission::ReadSettings),
            link("/publisher-keys", "Keys and widgets", Permission::ReadSettings),
            link("/simulate", "Simulate a call", Permission::WriteSettings).by("s"),
        ],
    ),
    (
        "Follow up",
        &[
            link("/callbacks", "Callbacks", Permission::ReadCalls).by("b"),
            link("/posts", "Posts", Permission::ReadCalls).by("p"),
            link("/money", "Money", Permission::ReadMoney).by("m"),
            link("/reports", "Reports", Permission::ReadMoney).by("r"),
        ],
    ),
    (
        "Look after",
        &[
            link("/start", "First steps", Permission::WriteSettings),
            link("/settings", "Settings", Permission::ReadSettings),
            link("/webhooks", "Webhooks", Permission::ReadSettings),
            link("/suppressions", "Suppression", Permission::ReadSuppressions),
            link("/health", "Health", Permission::ReadSettings),
            link("/users", "Users", Permission::ReadUsers),
            link("/tokens", "API tokens", Permission::ReadTokens),
            link("/audit", "Audit", Permission::ReadAudit),
        ],
    ),
];

/// What an actor may open.
pub(super) fn of(actor: &Actor) -> Vec<Group> {
    let group = |(id, (title, links)): (usize, &(&'static str, &[Link]))| {
        let links: Vec<_> = links.iter().copied().filter(|link| actor.may(link.needs)).collect();
        Group { id, title, links }
    };
    ALL.iter().enumerate().map(group).filter(|group| !group.links.is_empty()).collect()
}
