/** Checks answers against the OpenAPI document: a test that gets an undocumented status, type, header or body fails. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { expect } from 'vitest';

interface MediaType {
  readonly schema: object;
  readonly examples?: Record<string, unknown>;
}

interface DocumentedResponse {
  readonly headers?: Record<string, { readonly required?: boolean }>;
  readonly content?: Record<string, MediaType>;
}

interface Operation {
  readonly responses: Record<string, DocumentedResponse>;
}

export interface OpenApiDocument {
  readonly components: { readonly schemas: Record<string, object> };
  readonly paths: Record<string, Record<string, Operation>>;
}

/** The path of the document, such as `/v1/jobs/{id}`, that a request's path belongs to. */
function findPath(document: OpenApiDocument, path: string): string | undefined {
  const matches = (template: string) => new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path);
  return Object.keys(document.paths).find(matches);
}

export function createOpenApiCheck(document: OpenApiDocument) {
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: fullFormats });
  ajv.addSchema({ $id: 'http://document/', components: document.components });

  function assertBody(schema: object, body: unknown): void {
    // References in the document are relative to its root.
    const rooted = JSON.parse(
      JSON.stringify(schema).replaceAll('"#/components', '"http://document/#/components'),
    ) as object;
    const validate = ajv.compile(rooted);
    validate(body);
    expect(validate.errors ?? [], `${JSON.stringify(body)} against the document`).toEqual([]);
  }

  /** Paths that the document does not have, and methods that a path does not have, are not its concern. */
  return async (method: string, url: string, response: Response): Promise<void> => {
    const path = findPath(document, new URL(url, 'http://api').pathname);
    const operation = path === undefined ? undefined : document.paths[path]?.[method.toLowerCase()];
    if (operation === undefined) return;
    const documented = operation.responses[response.status];
    expect(documented, `${method} ${path} answers ${response.status}, which is not documented`).toBeDefined();
    for (const [name, { required }] of Object.entries(documented?.headers ?? {})) {
      if (required === true) expect(response.headers.has(name), name).toBe(true);
    }
    if (documented?.content === undefined) return;
    const type = response.headers.get('content-type') ?? '';
    const content = documented?.content?.[type];
    expect(content, `${method} ${path} answers ${type}, which is not documented`).toBeDefined();
    if (!/^application\/(problem\+)?json$/.test(type)) return;
    const body: unknown = await response.clone().json();
    assertBody(content?.schema ?? {}, body);
    if (type !== 'application/problem+json') return;
    // Each code of a status has its example, and no other.
    expect(Object.keys(content?.examples ?? {})).toContain((body as { code: string }).code);
  };
}
