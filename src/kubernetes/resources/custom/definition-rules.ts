// Owns what holds for custom resource definitions, new and changed.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go.
import { deepEqual } from '../../../base/json.ts'
import { APPROVAL, approvalOf, isProtectedGroup } from '../../../rules/kubernetes/api-approval.ts'
import { forbidden, invalid, required, unsupported, type FieldError } from '../field-error.ts'
import { nameProblems } from '../naming.ts'
import { schemaOfVersion, type Definition, type JsonSchema, type Version } from './json-schema.ts'
import { validateRuleDefinitions } from './rule-rules.ts'
import { isKnownFormat } from './formats.ts'
import { schemasBelow, validateSchema, type Below } from './schema-rules.ts'
import { columnErrors, scaleErrors, selectableErrors } from './version-rules.ts'
import { isConditionTrue } from '../../../rules/kubernetes/conditions.ts'

/** Findings for a definition; `old` is set for updates. */
export function validateDefinition(definition: Definition, old?: Definition): FieldError[] {
  const { metadata, spec, status } = definition
  const { plural } = spec.names
  const errors: FieldError[] = []
  if (!old && metadata.name && metadata.name !== `${plural}.${spec.group}`) {
    errors.push(invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group'))
  }
  errors.push(...groupErrors(spec.group))
  if (!['Cluster', 'Namespaced'].includes(spec.scope)) {
    errors.push(
      spec.scope ? unsupported('spec.scope', spec.scope, ['Cluster', 'Namespaced']) : required('spec.scope'),
    )
  }
  errors.push(
    ...versionsErrors(definition, old),
    ...nameErrors(spec.names, 'spec.names'),
    ...conversionErrors(spec.conversion),
    ...(old ? immutableErrors(definition, old) : []),
    ...storedVersionErrors(status?.storedVersions ?? [], spec.versions),
    ...approvalErrors(definition, old),
  )
  if (spec.preserveUnknownFields && !old?.spec.preserveUnknownFields) {
    const why =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead'
    errors.push(invalid('spec.preserveUnknownFields', true, why))
  }
  return errors
}

function groupErrors(group: string): FieldError[] {
  if (!group) return [required('spec.group')]
  const problems = nameProblems(group, 'subdomain')
  if (problems.length > 0) return [invalid('spec.group', group, problems.join(','))]
  return group.includes('.') ? [] : [invalid('spec.group', group, 'should be a domain with at least one dot')]
}

function nameErrors(names: Definition['spec']['names'], path: string): FieldError[] {
  const { plural, singular = '', shortNames = [], kind, listKind = '', categories = [] } = names
  const errors: FieldError[] = []
  const check = (field: string, name: string, mixedCase = false): void => {
    if (name === '') errors.push(required(`${path}.${field}`))
    const problems = name === '' ? [] : nameProblems(mixedCase ? name.toLowerCase() : name, 'dns1035')
    if (problems.length === 0) return
    const text = mixedCase
      ? `may have mixed case, but should otherwise match: ${problems.join(',')}`
      : problems.join(',')
    errors.push(invalid(`${path}.${field}`, name, text))
  }
  check('plural', plural)
  check('singular', singular)
  shortNames.forEach((name, index) => check(`shortNames[${index}]`, name))
  check('kind', kind, true)
  check('listKind', listKind, true)
  if (kind && kind === listKind) {
    errors.push(invalid(`${path}.listKind`, listKind, 'kind and listKind may not be the same'))
  }
  categories.forEach((name, index) => check(`categories[${index}]`, name))
  return errors
}

// Versions that do not differ in a part are one in that part, in the internal form that the messages are about.
function isCommon(versions: readonly Version[], part: (version: Version) => unknown): boolean {
  const [first] = versions
  return first !== undefined && versions.every((version) => deepEqual(part(version), part(first)))
}

function versionsErrors({ spec }: Definition, old: Definition | undefined): FieldError[] {
  const { versions } = spec
  const errors: FieldError[] = []
  versions.forEach(({ name, schema, deprecated, deprecationWarning }, index) => {
    const at = `spec.versions[${index}]`
    const problems = nameProblems(name, 'dns1035')
    if (problems.length > 0) errors.push(invalid(`${at}.name`, name, problems.join(',')))
    if (!schema?.openAPIV3Schema) errors.push(required(`${at}.schema.openAPIV3Schema`))
    if (deprecationWarning !== undefined && !deprecated) {
      errors.push(
        invalid(`${at}.deprecationWarning`, deprecationWarning, 'can only be set for deprecated versions'),
      )
    }
  })
  const printed = versions.length === 0 ? null : versions.map(printVersion)
  const names = versions.map(({ name }) => name)
  if (new Set(names).size < names.length)
    errors.push(invalid('spec.versions', printed, 'must contain unique version names'))
  if (versions.filter(({ storage }) => storage).length !== 1) {
    errors.push(invalid('spec.versions', printed, 'must have exactly one version marked as storage version'))
  }
  const first = names[0]
  const problems = first === undefined ? [] : nameProblems(first, 'dns1035')
  if (problems.length > 0) errors.push(invalid('spec.version', first, problems.join(',')))
  return [...errors, ...partErrors(versions, old)]
}

function partErrors(versions: readonly Version[], old: Definition | undefined): FieldError[] {
  const errors: FieldError[] = []
  const each = (
    part: (version: Version) => unknown,
    common: string,
    check: (version: Version, path: string) => FieldError[],
  ): void => {
    const [first] = versions
    if (first && isCommon(versions, part)) errors.push(...check(first, `spec.${common}`))
    else
      versions.forEach((version, index) =>
        errors.push(...check(version, `spec.versions[${index}].${common}`)),
      )
  }
  const isSingle = isCommon(versions, ({ schema }) => schema)
  each(
    ({ schema }) => schema,
    isSingle ? 'validation' : 'schema',
    (version, path) =>
      version.schema?.openAPIV3Schema ? schemaErrors(version, `${path}.openAPIV3Schema`, old) : [],
  )
  each(
    ({ subresources }) => subresources,
    'subresources',
    ({ subresources }, path) => scaleErrors(subresources, path),
  )
  each(
    ({ additionalPrinterColumns }) => additionalPrinterColumns,
    'additionalPrinterColumns',
    ({ additionalPrinterColumns = [] }, path) => columnErrors(additionalPrinterColumns, path),
  )
  each(
    ({ selectableFields }) => selectableFields,
    'selectableFields',
    (version, path) => selectableErrors(version, schemaOfVersion(version), path),
  )
  return errors
}

// What has been accepted once is not looked at again: it may be older than a rule.
function schemaErrors(version: Version, path: string, old: Definition | undefined): FieldError[] {
  const before = old?.spec.versions.find(({ name }) => name === version.name)
  if (before && deepEqual(before.schema, version.schema)) return []
  const schema: JsonSchema = schemaOfVersion(version)
  const errors = validateSchema(schema, path)
  return errors.length > 0 ? errors : validateRuleDefinitions(schema, path)
}

// As Go prints the internal form of a version, from which what versions have in common has been taken.
function printVersion({ name, served, storage, deprecated, deprecationWarning }: Version): object {
  return {
    Name: name,
    Served: served,
    Storage: storage,
    Deprecated: deprecated ?? false,
    DeprecationWarning: deprecationWarning ?? null,
    Schema: null,
    Subresources: null,
    AdditionalPrinterColumns: null,
    SelectableFields: null,
  }
}

const REVIEW_VERSIONS = ['v1', 'v1beta1']

function conversionErrors(conversion: Definition['spec']['conversion']): FieldError[] {
  const path = 'spec.conversion'
  if (!conversion) return []
  const { strategy, webhook } = conversion
  const versions = webhook?.conversionReviewVersions ?? []
  const at = `${path}.conversionReviewVersions`
  if (strategy !== 'Webhook') {
    const why = 'should not be set when strategy is not set to Webhook'
    return [
      ...(strategy === 'None' ? [] : [unsupported(`${path}.strategy`, strategy, ['None', 'Webhook'])]),
      ...(webhook?.clientConfig ? [forbidden(`${path}.webhookClientConfig`, why)] : []),
      ...(versions.length > 0 ? [forbidden(at, why)] : []),
    ]
  }
  const { url, service } = webhook?.clientConfig ?? {}
  const config = `${path}.webhookClientConfig`
  const errors: FieldError[] = []
  if (!webhook?.clientConfig) errors.push(required(config, 'required when strategy is set to Webhook'))
  else if ((url === undefined) === (service === undefined)) {
    errors.push(required(config, 'exactly one of url or service is required'))
  }
  if (versions.length === 0) errors.push(required(at))
  else if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    errors.push(invalid(at, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`))
  }
  return errors
}

function immutableErrors({ spec }: Definition, old: Definition): FieldError[] {
  const isEstablished = isConditionTrue(old.status?.conditions, 'Established')
  const pairs: (readonly [string, string, string])[] = [
    ...(isEstablished
      ? ([
          ['spec.scope', spec.scope, old.spec.scope],
          ['spec.names.kind', spec.names.kind, old.spec.names.kind],
        ] as const)
      : []),
    ['spec.group', spec.group, old.spec.group],
    ['spec.names.plural', spec.names.plural, old.spec.names.plural],
  ]
  return pairs.flatMap(([path, now, before]) =>
    now === before ? [] : [invalid(path, now, 'field is immutable')],
  )
}

function storedVersionErrors(stored: readonly string[], versions: readonly Version[] = []): FieldError[] {
  const path = 'status.storedVersions'
  if (stored.length === 0) return [invalid(path, null, 'must have at least one stored version')]
  const names = versions.map(({ name }) => name)
  return [
    ...versions
      .filter(({ name, storage }) => storage && !stored.includes(name))
      .map(({ name }) => invalid(path, stored, `must have the storage version ${name}`)),
    ...stored.flatMap((name, index) =>
      names.includes(name)
        ? []
        : [
            invalid(
              `${path}[${index}]`,
              name,
              `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
            ),
          ],
    ),
  ]
}

function approvalErrors(definition: Definition, old: Definition | undefined): FieldError[] {
  if (!isProtectedGroup(definition.spec.group)) return []
  const { state, message } = approvalOf(definition.metadata.annotations)
  if (old && approvalOf(old.metadata.annotations).state === state) return []
  const path = `metadata.annotations[${APPROVAL}]`
  if (state === 'missing') return [required(path, message)]
  return state === 'invalid' ? [invalid(path, definition.metadata.annotations?.[APPROVAL], message)] : []
}

/** Formats in the schemas of a definition that nothing is checked for. */
export function unknownFormats({ spec }: Definition): string[] {
  const formatsOf = (below: Below): string[] => [
    ...(below.schema.format && !isKnownFormat(below.schema.format) ? [below.schema.format] : []),
    ...schemasBelow(below).flatMap(formatsOf),
  ]
  const formats = spec.versions.flatMap((version) =>
    formatsOf({ schema: schemaOfVersion(version), path: '', place: 'root' }),
  )
  return [...new Set(formats)]
}
