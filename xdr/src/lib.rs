//! XDR (RFC 4506): a bounded codec over byte slices.
