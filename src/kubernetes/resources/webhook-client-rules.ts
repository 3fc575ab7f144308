// Owns the rules for where a webhook is: by URL, or behind a Service.
// Source: apiserver pkg/util/webhook/validation.go.
import { required, invalid, type FieldError } from './field-error.ts'
import { nameProblems } from './naming.ts'

const FORM = '; desired format: https://host[/path]'

/** Findings for the URL of a webhook. */
export function validateWebhookUrl(field: string, text: string): FieldError[] {
  // Read as Go reads it: what a browser would mend is left as it is.
  const match =
    /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:([^/?#]*)@)?([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/s.exec(
      text,
    )
  if (!match)
    return [required(field, `url must be a valid URL: parse ${JSON.stringify(text)}: invalid URL${FORM}`)]
  const [, scheme = '', user, host = '', query = '', fragment = ''] = match
  const errors: FieldError[] = []
  if (scheme !== 'https') errors.push(invalid(field, scheme, `'https' is the only allowed URL scheme${FORM}`))
  if (host === '') errors.push(invalid(field, host, `host must be specified${FORM}`))
  if (user !== undefined) errors.push(invalid(field, user, 'user information is not permitted in the URL'))
  if (fragment !== '') errors.push(invalid(field, fragment, 'fragments are not permitted in the URL'))
  if (query !== '') errors.push(invalid(field, query, 'query parameters are not permitted in the URL'))
  return errors
}

export interface WebhookServiceReference {
  readonly namespace?: string
  readonly name?: string
  readonly path?: string
  readonly port?: number
}

/** Findings for the Service of a webhook. */
export function validateWebhookService(
  field: string,
  { namespace, name, path, port = 443 }: WebhookServiceReference,
): FieldError[] {
  const isPort = Number.isInteger(port) && port > 0 && port < 65536
  return [
    ...(name ? [] : [required(`${field}.name`)]),
    ...(namespace ? [] : [required(`${field}.namespace`)]),
    ...(isPort
      ? []
      : [invalid(`${field}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive')]),
    ...validatePath(`${field}.path`, path ?? ''),
  ]
}

function validatePath(field: string, path: string): FieldError[] {
  if (path === '' || path === '/') return []
  if (path === '//') return [invalid(field, path, 'segment[0] may not be empty')]
  const errors: FieldError[] = []
  if (!path.startsWith('/')) errors.push(invalid(field, path, "must start with a '/'"))
  // The first character is taken for the slash, whatever it is.
  const steps = path.slice(1).replace(/\/$/, '').split('/')
  for (const [i, step] of steps.entries()) {
    if (step === '') errors.push(invalid(field, path, `segment[${i}] may not be empty`))
    else {
      const problems = nameProblems(step, 'subdomain')
      errors.push(...problems.map((problem) => invalid(field, path, `segment[${i}]: ${problem}`)))
    }
  }
  return errors
}

/** Findings for a client configuration that names exactly one of a URL and a Service. */
export function validateWebhookClient(
  field: string,
  { url, service }: { readonly url?: string; readonly service?: WebhookServiceReference },
): FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [required(field, 'exactly one of url or service is required')]
  }
  if (url !== undefined) return validateWebhookUrl(`${field}.url`, url)
  return service ? validateWebhookService(`${field}.service`, service) : []
}
