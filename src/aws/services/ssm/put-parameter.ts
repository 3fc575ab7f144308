// Owns making, changing and labelling parameters.
import type {
  LabelParameterVersionRequest,
  LabelParameterVersionResult,
  PutParameterRequest,
  PutParameterResult,
} from '@aws-sdk/client-ssm'

import { AwsError } from '../../../base/errors.ts'
import { operation, type Declared } from '../../protocol/operation.ts'
import { DEFAULT_KEY, hide } from './secrets.ts'
import {
  keyOf,
  parameterNotFound,
  validation,
  versionNotFound,
  type ParameterRecord,
  type ParameterType,
  type ParameterVersion,
  type SsmState,
} from './state.ts'
import { recordOf } from './tags.ts'

const MAX_VERSIONS = 100
const MAX_LEVELS = 15
/** Characters of a value, by tier (API_PutParameter). */
const STANDARD_SIZE = 4096

const HONOURED = [
  'Name',
  'Value',
  'Type',
  'KeyId',
  'Overwrite',
  'AllowedPattern',
  'Description',
  'Tags[].Key',
  'Tags[].Value',
  'Tier',
  'DataType',
] as const

type Input = Declared<PutParameterRequest, (typeof HONOURED)[number]>

/**
 * PutParameter: a new parameter, or with Overwrite another version of one.
 * @throws AwsError ParameterAlreadyExists, ValidationException, AccessDeniedException, InvalidKeyId,
 *   HierarchyLevelLimitExceededException, ParameterPatternMismatchException, InvalidAllowedPatternException
 */
export const putParameter = operation<SsmState, PutParameterRequest, PutParameterResult>()({
  honours: HONOURED,
  handle: async (input, ssm, request) => {
    const { Name: name = '' } = input
    checkName(name)
    if (input.Overwrite && input.Tags?.length) {
      throw validation(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
      )
    }
    const draft = await draftOf(ssm, input, request.principal.arn)
    return await ssm.deps.store.transact((tx) => {
      const known = ssm.parameters.get(keyOf(name))
      if (known && !input.Overwrite) {
        throw new AwsError(
          'ParameterAlreadyExists',
          'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
        )
      }
      const last = known?.versions.at(-1)
      const next: ParameterVersion = { ...draft, version: (last?.version ?? 0) + 1 }
      ssm.parameters.putIn(tx, keyOf(name), {
        name: known?.name ?? name,
        tags: known?.tags ?? recordOf(input.Tags),
        versions: withVersion(known, next),
      })
      return { Version: next.version, Tier: next.tier }
    })
  },
})

async function draftOf(
  ssm: SsmState,
  input: Input,
  modifiedBy: string,
): Promise<Omit<ParameterVersion, 'version'>> {
  const { Name: name = '', Value: value = '' } = input
  const last = ssm.parameters.get(keyOf(name))?.versions.at(-1)
  const type = input.Type ?? last?.type
  if (!type) throw validation('A parameter type is required when you create a parameter.')
  const pattern = input.AllowedPattern ?? last?.allowedPattern
  checkPattern(value, pattern)
  const tier = tierOf(input, last)
  const keyId = type === 'SecureString' ? (input.KeyId ?? last?.keyId ?? DEFAULT_KEY) : undefined
  const description = input.Description ?? last?.description
  return {
    type,
    value: keyId === undefined ? value : await hide(ssm, { name, value, keyId }),
    ...(keyId === undefined ? {} : { keyId }),
    ...(description === undefined ? {} : { description }),
    ...(pattern === undefined ? {} : { allowedPattern: pattern }),
    tier,
    dataType: dataTypeOf(input, type, last),
    modifiedAtMs: ssm.deps.clock.now(),
    modifiedBy,
    labels: [],
  }
}

function tierOf(
  { Tier: asked, Value: value = '' }: Input,
  last: ParameterVersion | undefined,
): ParameterVersion['tier'] {
  // A parameter never goes back to the standard tier.
  const isAdvanced =
    asked === 'Advanced' ||
    last?.tier === 'Advanced' ||
    (asked === 'Intelligent-Tiering' && value.length > STANDARD_SIZE)
  if (!isAdvanced && value.length > STANDARD_SIZE) {
    throw validation(
      'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html',
    )
  }
  return isAdvanced ? 'Advanced' : 'Standard'
}

function dataTypeOf(
  { DataType: asked }: Input,
  type: ParameterType,
  last: ParameterVersion | undefined,
): string {
  const dataType = asked ?? last?.dataType ?? 'text'
  const isKnown = ['text', 'aws:ec2:image', 'aws:ssm:integration'].includes(dataType)
  if (!isKnown || (dataType === 'aws:ec2:image' && type !== 'String')) {
    throw validation(
      `The following data type is not supported: ${dataType} (Data type names are all lowercase.)`,
    )
  }
  return dataType
}

// A pattern of the service is a Java expression; those of ours refuse what they can't read.
function checkPattern(value: string, pattern: string | undefined): void {
  if (pattern === undefined || pattern === '') return
  let expression: RegExp
  try {
    expression = new RegExp(pattern)
  } catch {
    throw new AwsError('InvalidAllowedPatternException', `The pattern ${pattern} is not valid.`)
  }
  if (!expression.test(value)) {
    throw new AwsError(
      'ParameterPatternMismatchException',
      `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
    )
  }
}

/** "Requirements and constraints for parameter names". */
function checkName(name: string): void {
  const lower = name.toLowerCase().replace(/^\//, '')
  if (/^\/aws\//i.test(name)) {
    throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`)
  }
  if (lower.startsWith('aws') || lower.startsWith('ssm')) {
    throw validation(
      name.indexOf('/', 1) > 0
        ? 'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_'
        : 'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).',
    )
  }
  if (!/^[a-zA-Z0-9_.\-/]+$/.test(name)) {
    throw validation(
      'Parameter name: only a mix of letters, numbers and the following 4 symbols /.-_ allowed.',
    )
  }
  if (name.includes('/') && !name.startsWith('/')) {
    throw validation('Parameter name must be a fully qualified name.')
  }
  if (name.split('/').length - 1 > MAX_LEVELS) {
    throw new AwsError(
      'HierarchyLevelLimitExceededException',
      'A hierarchy can have a maximum of 15 levels. For more information, see Requirements and constraints for parameter names in the AWS Systems Manager User Guide.',
    )
  }
}

// Of more than a hundred the oldest goes, unless it carries a label.
function withVersion(
  known: ParameterRecord | undefined,
  next: ParameterVersion,
): ParameterRecord['versions'] {
  if (!known) return [next]
  const { versions, name } = known
  const [oldest, ...younger] = versions
  if (versions.length < MAX_VERSIONS) return [oldest, ...younger, next]
  if (oldest.labels.length > 0) {
    throw new AwsError(
      'ParameterMaxVersionLimitExceeded',
      `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ${oldest.version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    )
  }
  const [second = next, ...rest] = younger
  return second === next ? [next] : [second, ...rest, next]
}

// A label is up to 100 letters, digits and `.-_`, and doesn't begin with a digit, `aws` or `ssm`.
const LABEL = /^(?!aws|ssm)[a-z_.-][\w.-]{0,99}$/i
const MAX_LABELS = 10

/**
 * LabelParameterVersion: a label moves from the version that has it.
 * @throws AwsError ParameterNotFound, ParameterVersionNotFound, ParameterVersionLabelLimitExceeded
 */
export const labelParameterVersion = operation<
  SsmState,
  LabelParameterVersionRequest,
  LabelParameterVersionResult
>()({
  honours: ['Name', 'ParameterVersion', 'Labels'],
  handle: async (input, ssm) => {
    const { Name: name = '', Labels: labels = [] } = input
    return await ssm.deps.store.transact((tx) => {
      const record = ssm.parameters.get(keyOf(name))
      if (!record) throw parameterNotFound(name)
      const number = input.ParameterVersion ?? record.versions.at(-1)?.version ?? 0
      const target = record.versions.find(({ version }) => version === number)
      if (!target) throw versionNotFound(name, String(number))
      const valid = labels.filter((label) => LABEL.test(label))
      const all = [...new Set([...target.labels, ...valid])]
      if (all.length > MAX_LABELS) {
        throw new AwsError(
          'ParameterVersionLabelLimitExceeded',
          'An error occurred (ParameterVersionLabelLimitExceeded) when calling the LabelParameterVersion operation: A parameter version can have maximum 10 labels.Move one or more labels to another version and try again.',
        )
      }
      const [first, ...rest] = record.versions.map((version) => ({
        ...version,
        labels: version === target ? all : version.labels.filter((label) => !valid.includes(label)),
      }))
      if (first) ssm.parameters.putIn(tx, keyOf(name), { ...record, versions: [first, ...rest] })
      return {
        InvalidLabels: labels.filter((label) => !LABEL.test(label)),
        ParameterVersion: number,
      }
    })
  },
})
