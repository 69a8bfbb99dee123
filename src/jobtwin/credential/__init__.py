"""Open Badges 3.0 credentials on VC Data Model 2.0: bytes in, bytes out.

contexts     the two pinned JSON-LD contexts, and a loader that fetches nothing
jsonbytes    hostile bytes → JSON, JSON → deterministic bytes, JCS
canonical    what may be signed at all, and its RDFC-1.0 form
rdf          PyLD and pyoxigraph, with their traps closed (loaded only when needed)
keys         Ed25519 keys as Multikey, JWK, JWKS and DID document; signers
did          which URL a DID is read from, and whether its document vouches for a key
proof        `DataIntegrityProof` with `eddsa-rdfc-2022`
status       BitstringStatusList: made, read, and indexes that tell nothing
shape        the fields that Open Badges 3.0 requires
resolve      the issuer's key and the status list, out of bytes already fetched
verify       the numbered steps and the four verdicts
independent  a second opinion from another library

Nothing here opens a socket or reads a clock; the edges hand in what was fetched, `now` and the
signer.
"""
