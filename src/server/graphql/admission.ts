import type { AdHocOperations } from '../../config/environment/operations.js';
import { badRequest, HttpRefusal } from '../http/refusal.js';
import { documentKey, hashOf } from './document-id.js';
import { DocumentRefused } from './documents.js';
import type { GraphQLParameters, ReceivedParameters } from './parameters.js';
import type { TrustedDocuments } from './trusted-documents.js';

/** What became of a request's document, before it is parsed; `not_found`: its id names nothing here. */
export type AdmissionKind = 'trusted' | 'ad_hoc' | 'refused' | 'not_found';

export interface AdmissionOptions<Identity> {
  /** Null: nothing is trusted. */
  readonly trusted: TrustedDocuments | null;
  /** Who may send what is not trusted. */
  readonly adHoc: AdHocOperations;
  /** Where administrators may: whether this person is one, at this moment. */
  mayAskAdHoc(identity: Identity): Promise<boolean>;
  readonly count: (kind: AdmissionKind) => void;
}

/**
 * Finds the text that a request means and decides whether this caller may have it executed, before anything reads it: at
 * once, unless the database has to say who the caller is.
 *
 * @throws DocumentRefused `PERSISTED_QUERY_NOT_FOUND` or `PERSISTED_QUERY_NOT_SUPPORTED` for an id alone that names nothing.
 * @throws HttpRefusal 400 where a text comes with an id that does not name it; 403 `AD_HOC_OPERATION_REFUSED`.
 */
export type Admission<Identity> = (
  parameters: ReceivedParameters,
  identity: Identity | null,
) => Promise<GraphQLParameters> | GraphQLParameters;

export function createAdmission<Identity>(options: AdmissionOptions<Identity>): Admission<Identity> {
  const { trusted, adHoc, count } = options;

  function admitAdHoc(isAllowed: boolean, parameters: GraphQLParameters): GraphQLParameters {
    count(isAllowed ? 'ad_hoc' : 'refused');
    if (!isAllowed) throw adHocRefused(adHoc);
    return parameters;
  }

  return (parameters, identity) => {
    const { documentId, operationName, variables } = parameters;
    const named = documentId === undefined ? undefined : trusted?.textOf(documentId);
    const query = parameters.query ?? named;
    if (query === undefined) {
      count('not_found');
      throw trusted ? notFound() : notSupported();
    }
    if (documentId !== undefined && named !== query && (named !== undefined || documentKey(documentId) !== hashOf(query))) {
      throw badRequest('The id names another document than the one in "query". Send the id alone, or the text alone.');
    }
    const admitted = { query, operationName, variables };
    if (trusted?.has(query)) {
      count('trusted');
      return admitted;
    }
    if (adHoc === 'administrators' && identity !== null)
      return options.mayAskAdHoc(identity).then((isAllowed) => admitAdHoc(isAllowed, admitted));
    return admitAdHoc(adHoc === 'everyone', admitted);
  };
}

/**
 * By this code, and not by the status, Apollo's clients know to send the text instead; so the answer is a GraphQL response
 * like any other that was not executed, as the draft on persisted documents asks.
 */
function notFound(): DocumentRefused {
  return refusedDocument(
    'PERSISTED_QUERY_NOT_FOUND',
    'No trusted document has this id. Documents are not registered by sending them: they come from the manifest that the ' +
      'gateway was started with.',
  );
}

/** Where there is no manifest, asking by another id is in vain, too: by this code clients stop trying. */
function notSupported(): DocumentRefused {
  return refusedDocument(
    'PERSISTED_QUERY_NOT_SUPPORTED',
    'There are no trusted documents here, and none is registered by sending it. Send the text as "query".',
  );
}

function refusedDocument(code: string, message: string): DocumentRefused {
  return new DocumentRefused([{ message, extensions: { code } }]);
}

/**
 * 403, which GraphQL over HTTP names for a client that is not permitted to issue a request; whatever type it accepts, like
 * this server's 401: it is refused for who asks, and nobody has looked at what was asked.
 */
function adHocRefused(adHoc: AdHocOperations): HttpRefusal {
  return new HttpRefusal(
    403,
    'AD_HOC_OPERATION_REFUSED',
    adHoc === 'administrators'
      ? 'Only administrators may send operations of their own here. Send the id of a trusted document.'
      : 'Nobody may send operations of their own here. Send the id of a trusted document.',
  );
}
