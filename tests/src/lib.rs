//! End-to-end, conformance and interop tests.
