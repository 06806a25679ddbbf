//! The texts that executions run on.

use super::StoreFactory;
use crate::store::DefinitionHash;

pub(super) fn definitions_are_found_by_hash(factory: &dyn StoreFactory) {
    let store = factory.create();
    let (a, b) = (DefinitionHash([1; 32]), DefinitionHash([2; 32]));
    store.put_definition(a, r#"{"StartAt":"A"}"#).expect("put");
    store.put_definition(b, "").expect("put an empty text");
    let store = factory.reopen(store);
    assert_eq!(store.definition(a).expect("definition").as_deref(), Some(r#"{"StartAt":"A"}"#));
    assert_eq!(store.definition(b).expect("definition").as_deref(), Some(""));
    assert_eq!(store.definition(DefinitionHash([3; 32])).expect("definition"), None);
}

pub(super) fn repeating_a_definition_changes_nothing(factory: &dyn StoreFactory) {
    let store = factory.create();
    let hash = DefinitionHash([1; 32]);
    store.put_definition(hash, "text").expect("put");
    store.put_definition(hash, "text").expect("put again");
    assert_eq!(store.definition(hash).expect("definition").as_deref(), Some("text"));
}

pub(super) fn definitions_may_be_large(factory: &dyn StoreFactory) {
    let store = factory.create();
    let hash = DefinitionHash([1; 32]);
    let text: String = "a rather long text - é".repeat(60_000);
    store.put_definition(hash, &text).expect("put");
    let store = factory.reopen(store);
    assert!(store.definition(hash).expect("definition").as_deref() == Some(&text));
}
