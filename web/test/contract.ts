// The OpenAPI document as the judge of real answers: status, content type, headers and body must be as it says.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

type Json = Record<string, any>;

/** An answer as it came. */
export type Answer = { status: number; headers: Headers; text: string };

/** A route of the document. */
export type Route = { method: string; path: string; operation: Json };

/** What every answer of a route has, whatever it says. */
const SECURITY: Record<string, RegExp> = {
  'x-content-type-options': /^nosniff$/,
  'content-security-policy': /^default-src 'none'; frame-ancestors 'none'$/,
  'referrer-policy': /^no-referrer$/,
  'strict-transport-security': /^max-age=\d{8}; includeSubDomains$/,
};

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];
const ID = 'contract';

/** A part of the document by its JSON pointer. */
const pointer = (...names: string[]) => '#' + names.map(name => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

export class Contract {
  readonly routes: Route[];
  readonly #document: Json;
  readonly #ajv: Ajv2020;

  constructor(document: Json) {
    this.#document = document;
    this.routes = Object.entries<Json>(document.paths).flatMap(([path, item]) =>
      METHODS.filter(method => item[method]).map(method => ({
        method: method.toUpperCase(),
        path,
        operation: { ...item[method], parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map(each => this.#resolved(each)[0]) },
      })),
    );
    this.#ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, strictTypes: false });
    // What surrounds the schemas in the document; within them, a word that is unknown is refused.
    this.#ajv.addVocabulary(['openapi', 'info', 'tags', 'security', 'paths', 'components']);
    this.#ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/);
    this.#ajv.addFormat('uri-reference', { validate: (text: string) => URL.canParse(text, 'http://host') });
    this.#ajv.addSchema({ ...document, $id: ID });
  }

  /** The route that takes a request; the gateway's choice too: text before variables. */
  route(method: string, path: string): Route | undefined {
    const segments = path.split('?')[0]!.split('/');
    return this.routes
      .filter(route => route.method === method && fits(route.path.split('/'), segments))
      .sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
  }

  /**
   * Fails, naming the route, the status and the place, unless the document has this answer. Where it has no route, the
   * gateway's own answer is expected.
   */
  check(method: string, path: string, answer: Answer): void {
    const route = this.route(method, path);
    const faults = route ? this.faults(route, answer) : gatewayFaults(answer);
    if (faults.length > 0) {
      const name = route ? `${route.method} ${route.path}` : `${method} ${path}, which is no route,`;
      throw new Error(`${name} answered ${answer.status} against the contract: ${faults.join('; ')}\n${answer.text.slice(0, 600)}`);
    }
  }

  /** What is wrong with an answer of a route; empty if nothing is. */
  faults(route: Route, { status, headers, text }: Answer): string[] {
    const documented = route.operation.responses[status];
    if (documented === undefined) {
      return [`the status ${status} is not documented`];
    }
    const base = pointer('paths', route.path, route.method.toLowerCase(), 'responses', String(status));
    const [response, at] = this.#resolved(documented, base);
    const faults = Object.entries(SECURITY)
      .filter(([name, value]) => !value.test(headers.get(name) ?? ''))
      .map(([name]) => `the header ${name} is ${headers.get(name)}`);
    for (const [name, declared] of Object.entries<Json>(response.headers ?? {})) {
      const [header, place] = this.#resolved(declared, `${at}${pointer('headers', name).slice(1)}`);
      const value = headers.get(name);
      if (value === null) {
        faults.push(...(header.required ? [`the header ${name} is missing`] : []));
      } else {
        faults.push(...this.#schemaFaults(`${place}/schema`, value, `the header ${name}`));
      }
    }
    if (response.content === undefined) {
      return text === '' ? faults : [...faults, 'there is a body'];
    }
    const type = (headers.get('content-type') ?? '').split(';')[0]!.trim();
    if (response.content[type] === undefined) {
      return [...faults, `the content type '${type}' is not documented`];
    }
    let body: unknown = text;
    if (type.endsWith('json')) {
      try {
        body = JSON.parse(text);
      } catch {
        return [...faults, 'the body is no JSON'];
      }
    }
    return [...faults, ...this.#schemaFaults(`${at}${pointer('content', type, 'schema').slice(1)}`, body, 'the body')];
  }

  #schemaFaults(at: string, value: unknown, what: string): string[] {
    const validate: ValidateFunction | undefined = this.#ajv.getSchema(ID + at);
    if (validate === undefined) {
      throw new Error(`the document has no schema at ${at}`);
    }
    if (validate(value)) {
      return [];
    }
    return validate.errors!.map(({ instancePath, message, params }) => `${what}${instancePath} ${message} ${JSON.stringify(params)}`);
  }

  /** What a reference names, and where that is. */
  #resolved(node: Json, at = ''): [Json, string] {
    if (node.$ref === undefined) {
      return [node, at];
    }
    const names = (node.$ref as string).slice(2).split('/');
    return this.#resolved(names.reduce((inner, name) => inner[name], this.#document), node.$ref);
  }
}

const fits = (pattern: string[], path: string[]) =>
  pattern.length === path.length && pattern.every((segment, i) => (segment.startsWith('{') ? path[i] !== '' : segment === path[i]));

/** Of what there is no route for. */
function gatewayFaults({ status, text }: Answer): string[] {
  return status === 404 && /^\{"message":"Not Found"\}$/.test(text) ? [] : ['the gateway should say {"message":"Not Found"}'];
}
