// What a verifier may load: the pinned contexts, the issuer's DID document, files of a built site.
// Nothing is fetched; any other address is an error that names it.

/**
 * Returns a document loader over `{url: document}`. Contexts carry the tag `static`, by which
 * jsonld.js keeps what it made of them; a DID URL with a fragment yields that verification method.
 */
export function loaderOf({contexts, documents}) {
  return async url => {
    if(url in contexts) {
      return {contextUrl: null, documentUrl: url, document: contexts[url], tag: 'static'};
    }
    const [base, fragment] = url.split('#');
    const document = documents[base];
    if(document === undefined) {
      throw new Error(`${url} is not among the files at hand`);
    }
    return {
      contextUrl: null,
      documentUrl: url,
      document: fragment === undefined ? document : methodOf(document, url)
    };
  };
}

function methodOf(document, url) {
  const method = (document.verificationMethod ?? []).find(({id}) => id === url);
  if(method === undefined) {
    throw new Error(`${url} is not a verification method of its DID document`);
  }
  return {'@context': document['@context'], ...method};
}
