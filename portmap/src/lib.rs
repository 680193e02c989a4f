//! The portmapper (RFC 1833): registry, server, client.
