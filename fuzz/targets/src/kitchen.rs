//! What rpcgen makes of `idl/kitchen.x`, a service of it, and calls to it.

use std::sync::atomic::{AtomicU32, Ordering};

use sunrpc::{
    proto::AuthStat,
    server::{Call, Fault},
    xdr::{self, EncodeWith, List, Quadruple, Str},
};
use sunrpc_tests::wire;

/// The generated code.
pub mod x {
    sunrpc::include_x!("kitchen");
}

use x::{
    Colour, Entry, KITCHEN_PROG, KITCHEN_VERS, Kitchen, KitchenV1, Node, Numbered, Shape, Tree,
    Verdict,
};

/// The service.
#[derive(Debug, Default)]
pub struct Cook {
    count: AtomicU32,
}

impl KitchenV1 for Cook {
    fn cook(&self, _: &Call<'_>, kitchen: Kitchen) -> Result<Kitchen, Fault> {
        Ok(kitchen)
    }

    fn count(&self, _: &Call<'_>) -> Result<u32, Fault> {
        Ok(self.count.fetch_add(1, Ordering::Relaxed))
    }

    fn turn(&self, _: &Call<'_>, tree: Tree) -> Result<Tree, Fault> {
        let Tree { value, left, right } = tree;
        Ok(Tree { value, left: right, right: left })
    }

    fn reverse(&self, _: &Call<'_>, mut nodes: Vec<Node>) -> Result<Vec<Node>, Fault> {
        nodes.reverse();
        Ok(nodes)
    }

    fn fail(&self, _: &Call<'_>, how: u32) -> Result<(), Fault> {
        Err(match how {
            0 => Fault::ProcUnavail,
            1 => Fault::GarbageArgs,
            2 => Fault::Auth(AuthStat::TooWeak),
            3 => Fault::NoReply,
            _ => return Ok(()),
        })
    }

    fn name(&self, _: &Call<'_>, c: Colour, name: String, shape: Shape) -> Result<String, Fault> {
        Ok(format!("{c:?} {name} {shape:?}"))
    }
}

/// A value with something in every place.
#[must_use]
pub fn full() -> Kitchen {
    let entry = Entry {
        who: "ada".to_owned(),
        size: u64::MAX,
        rank: i16::MIN,
        mark: -1,
        flags: 255,
        port: 111,
    };
    Kitchen {
        b: true,
        q: Quadruple([7; 16]),
        tag: [9; 7],
        entries: vec![entry.clone(); 2],
        form: Some(Shape::Red(entry)),
        colours: [Colour::Red, Colour::Green, Colour::Blue],
        numbers: vec![1, 2, u32::MAX],
        f: 0.5,
        d: -1.5,
        grid: vec![4; 40],
        names: vec!["grace".to_owned(), String::new()],
        rest: vec![1, 2, 3, 4, 5],
        hypers: vec![i64::MIN, 0],
        bools: vec![true, false],
        list: nodes(),
        v: Verdict::True(-2),
        n: vec![Numbered::Case1(3), Numbered::Case7(0.25)],
    }
}

/// A value with as little as may be.
#[must_use]
pub fn bare() -> Kitchen {
    Kitchen {
        b: false,
        entries: vec![],
        form: None,
        numbers: vec![],
        names: vec![],
        rest: vec![],
        hypers: vec![],
        bools: vec![],
        list: vec![],
        v: Verdict::False,
        n: vec![],
        ..full()
    }
}

/// A short list.
#[must_use]
pub fn nodes() -> Vec<Node> {
    ["", "node", "another node"]
        .into_iter()
        .zip(1..)
        .map(|(text, value)| Node { value, text: text.to_owned() })
        .collect()
}

/// A tree of a few levels.
#[must_use]
pub fn tree(depth: i32) -> Tree {
    let child = || (depth > 0).then(|| Box::new(tree(depth - 1)));
    Tree { value: depth, left: child(), right: child() }
}

/// `value` in codec `C`.
pub fn bytes<C: EncodeWith<V> + ?Sized, V: ?Sized>(value: &V) -> Vec<u8> {
    let mut bytes = Vec::new();
    xdr::encode_into::<C, V>(value, &mut bytes).expect("nothing is out of bounds");
    bytes
}

/// A call of every procedure, and some that are refused.
#[must_use]
pub fn calls() -> Vec<Vec<u8>> {
    let call = |procedure, args: &[u8]| wire::call(77, KITCHEN_PROG, KITCHEN_VERS, procedure, args);
    let sys = [wire::words(&[1]), wire::opaque(&auth_sys()), wire::words(&[0, 0])].concat();
    let name =
        [wire::words(&[2]), bytes::<Str, _>("ada"), bytes::<Shape, _>(&Shape::Green(vec![1]))];
    vec![
        call(0, &[]),
        call(1, &bytes::<Kitchen, _>(&full())),
        call(1, &bytes::<Kitchen, _>(&bare())),
        call(2, &[]),
        call(3, &bytes::<Tree, _>(&tree(3))),
        call(4, &bytes::<List<Node>, _>(&nodes())),
        call(5, &wire::words(&[2])),
        call(5, &wire::words(&[3])),
        call(6, &name.concat()),
        call(9, &[]),
        wire::call(1, KITCHEN_PROG, 9, 0, &[]),
        wire::call(2, 100_000, 2, 3, &wire::words(&[1, 2, 3, 4])),
        wire::call_as(3, KITCHEN_PROG, KITCHEN_VERS, 2, &sys, &[]),
        wire::words(&[4, 0, 3, KITCHEN_PROG, 1, 0, 0, 0, 0, 0]),
    ]
}

/// The body of an `AUTH_SYS` credential.
#[must_use]
pub fn auth_sys() -> Vec<u8> {
    [wire::words(&[1]), wire::opaque(b"host"), wire::words(&[0, 0, 2, 4, 5])].concat()
}
