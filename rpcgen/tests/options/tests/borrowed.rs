//! Types that borrow from their input: what they allocate, what they travel as, and a server whose methods take them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use allocation_counter::measure;
use sunrpc::client::{Client, ProgramClient};
use sunrpc::server::{Call, Fault, Server};
use sunrpc::xdr::{self, Array, IntoOwned, List, Reader, decode, encode, encode_into};
use sunrpc_options_tests::store::{
    Batch, BatchRef, Content, ContentRef, Entry, EntryRef, Kind, Node, NodeRef, StoreV1,
    StoreV1Client, StoreV1Server, Tag, Tagged, TaggedRef, Tree,
};

fn entry(number: u8) -> Entry {
    let what = match number % 3 {
        0 => Content::File(vec![number; number.into()]),
        1 => Content::Link(format!("to/{number}")),
        _ => Content::Default(Kind::Folder),
    };
    Entry { name: format!("entry {number}"), key: vec![number; 40], what, size: number.into() }
}

fn tagged() -> Tagged {
    Tagged {
        first: entry(1),
        tags: vec!["red".to_owned(), "keep".to_owned()],
        link: Some(entry(3)),
        pair: ["a".to_owned(), "b".to_owned()],
    }
}

/// A thousand structs are one vector, where those that own their parts take a heap block for each part.
#[test]
fn a_batch_is_one_allocation() {
    let batch = Batch { entries: (0..5).flat_map(|_| (0..200).map(entry)).collect() };
    let bytes = encode(&batch).unwrap();
    let mut borrowed = None;
    let cost = measure(|| borrowed = decode::<BatchRef<'_>>(&bytes).ok());
    assert_eq!(cost.count_total, 1);
    assert_eq!(cost.bytes_max, 1000 * size_of::<EntryRef<'_>>() as u64);
    let mut owned = None;
    let cost = measure(|| owned = decode::<Batch>(&bytes).ok());
    assert!(cost.count_total > 2000, "{} allocations", cost.count_total);
    assert_eq!(borrowed.map(Batch::from), owned);
}

/// Either form is written as the same bytes, and read from them.
#[test]
fn both_forms_travel_alike() {
    let owned = tagged();
    let bytes = encode(&owned).unwrap();
    let borrowed: TaggedRef<'_> = decode(&bytes).unwrap();
    assert_eq!(encode(&borrowed).unwrap(), bytes);
    let ContentRef::Link(target) = borrowed.first.what else { panic!("{borrowed:?}") };
    assert_eq!(target, "to/1");
    assert!(bytes.as_ptr_range().contains(&target.as_ptr()), "a copy");
    assert_eq!(borrowed.clone().into_owned(), owned);
    assert_eq!(Tagged::from(borrowed), owned);
}

/// What bounds one form bounds the other.
#[test]
fn both_forms_have_their_bounds() {
    let name = "x".repeat(65);
    let mut long = entry(2);
    long.name.clone_from(&name);
    let refused = encode(&long).unwrap_err();
    let borrowed =
        EntryRef { name: &name, key: &long.key, what: ContentRef::Default(Kind::Folder), size: 0 };
    assert_eq!(encode(&borrowed).unwrap_err(), refused);
    let labelled = ContentRef::Default(Kind::File);
    assert_eq!(encode(&labelled).unwrap_err(), xdr::EncodeError::discriminant("content"));
}

/// A type is the codec of its twin: arrays and lists of it are arrays and lists of the twin.
#[test]
fn the_owned_type_is_a_codec() {
    let entries: Vec<Entry> = (0..5).map(entry).collect();
    let mut bytes = Vec::new();
    encode_into::<Array<Entry, 5>, _>(&entries, &mut bytes).unwrap();
    let borrowed: Vec<EntryRef<'_>> = Reader::new(&bytes).get_as::<Array<Entry, 5>, _>().unwrap();
    let mut again = Vec::new();
    encode_into::<Array<Entry, 5>, _>(&borrowed, &mut again).unwrap();
    assert_eq!(again, bytes);

    let nodes: Vec<Node> = entries.into_iter().map(|here| Node { here }).collect();
    let mut bytes = Vec::new();
    encode_into::<List<Node>, _>(&nodes, &mut bytes).unwrap();
    let borrowed: Vec<NodeRef<'_>> = Reader::new(&bytes).get_as::<List<Node>, _>().unwrap();
    assert_eq!(borrowed.into_owned(), nodes);
}

#[test]
fn is_shown_alike() {
    let owned = tagged();
    let bytes = encode(&owned).unwrap();
    let borrowed: TaggedRef<'_> = decode(&bytes).unwrap();
    let json = serde_json::to_string(&borrowed).unwrap();
    assert_eq!(json, serde_json::to_string(&owned).unwrap());
    assert_eq!(serde_json::from_str::<Tagged>(&json).unwrap(), owned);
}

/// Keeps what is tagged so, and looks at the rest where it lies.
#[derive(Default)]
struct Store(Mutex<HashMap<String, Entry>>);

impl StoreV1 for Store {
    fn put(&self, _: &Call<'_>, args: TaggedRef<'_>) -> Result<u32, Fault> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if args.tags.contains(&"keep") {
            kept.insert(args.first.name.to_owned(), args.first.into());
        }
        Ok(u32::try_from(kept.len()).unwrap_or(u32::MAX))
    }

    fn get(&self, _: &Call<'_>, args: &str) -> Result<Entry, Fault> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(args).cloned().ok_or(Fault::SystemErr)
    }

    fn find(&self, _: &Call<'_>, tag: &str, prefix: &[u8], tree: Tree) -> Result<Vec<u8>, Fault> {
        let text = [tag.as_bytes(), prefix, tree.name.as_bytes()].concat();
        Ok((0..40).map(|at| text.get(at).copied().unwrap_or_default()).collect())
    }

    fn many(&self, _: &Call<'_>, args: Vec<NodeRef<'_>>) -> Result<u32, Fault> {
        args.iter().map(|node| u32::try_from(node.here.size).map_err(|_| Fault::SystemErr)).sum()
    }
}

#[test]
fn a_server_takes_them() {
    let service = StoreV1Server(Store::default());
    let server = Server::builder().service(service).listen("127.0.0.1:0").bind().unwrap();
    let server = server.spawn().unwrap();
    for client in [
        Client::tcp(server.tcp_addr().unwrap()).unwrap(),
        Client::udp(server.udp_addr().unwrap()).unwrap(),
    ] {
        let client = StoreV1Client::new(client);
        assert_eq!(client.put(&tagged()).unwrap(), 1);
        let not_kept = Tagged { first: entry(9), tags: Vec::<Tag>::new(), ..tagged() };
        assert_eq!(client.put(&not_kept).unwrap(), 1);
        assert_eq!(client.get("entry 1").unwrap(), entry(1));
        let tree = Tree { name: "root".to_owned(), left: None, right: None };
        assert!(client.find("tag", b"pre", &tree).unwrap().starts_with(b"tagpreroot\0"));
        let nodes: Vec<Node> = (0..20).map(|n| Node { here: entry(n) }).collect();
        assert_eq!(client.many(&nodes).unwrap(), 190);
        // The same, all under way at once.
        let (put, get) =
            (client.start_put(&tagged()).unwrap(), client.start_get("entry 1").unwrap());
        let find = client.start_find("tag", b"pre", &tree).unwrap();
        let many: Vec<_> = (0..20).map(|n| client.start_many(&nodes[..n]).unwrap()).collect();
        let sums = many.into_iter().map(|call| call.wait().unwrap());
        assert!(sums.eq((0..20).map(|n| (0..n).sum::<u32>())));
        assert!(find.wait().unwrap().starts_with(b"tagpreroot\0"));
        assert_eq!((get.wait().unwrap(), put.wait().unwrap()), (entry(1), 1));
    }
}
