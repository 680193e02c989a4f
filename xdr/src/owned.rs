//! From what borrows its input to what does not.

/// A value with parts that are borrowed, `&str` and `&[u8]`, and the value that owns them: `String` and `Vec<u8>`.
///
/// The borrowed types that `rpcgen` emits implement it, and what is made of them does too.
///
/// ```
/// use sunrpc_xdr::{Array, IntoOwned, Reader, Str, encode};
///
/// let bytes = encode(&["ada".to_owned(), "grace".to_owned()][..])?;
/// let names: Vec<&str> = Reader::new(&bytes).get_as::<Array<Str<64>>, _>()?;
/// let kept: Vec<String> = names.into_owned();
/// # assert_eq!(kept, ["ada", "grace"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait IntoOwned {
    /// The type that owns everything.
    type Owned;

    /// Copies what is borrowed; what is owned already moves.
    fn into_owned(self) -> Self::Owned;
}

/// [`IntoOwned::into_owned`] as a function: emitted code has no trait in scope.
#[inline]
pub fn owned<T: IntoOwned>(value: T) -> T::Owned {
    value.into_owned()
}

impl IntoOwned for &str {
    type Owned = String;

    fn into_owned(self) -> String {
        self.to_owned()
    }
}

impl IntoOwned for &[u8] {
    type Owned = Vec<u8>;

    fn into_owned(self) -> Vec<u8> {
        self.to_vec()
    }
}

impl<T: IntoOwned> IntoOwned for Vec<T> {
    type Owned = Vec<T::Owned>;

    fn into_owned(self) -> Vec<T::Owned> {
        self.into_iter().map(owned).collect()
    }
}

impl<T: IntoOwned> IntoOwned for Option<T> {
    type Owned = Option<T::Owned>;

    fn into_owned(self) -> Option<T::Owned> {
        self.map(owned)
    }
}

impl<T: IntoOwned, const N: usize> IntoOwned for [T; N] {
    type Owned = [T::Owned; N];

    fn into_owned(self) -> [T::Owned; N] {
        self.map(owned)
    }
}
