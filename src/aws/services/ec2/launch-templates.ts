// Owns launch templates.
import type {
  CreateLaunchTemplateRequest,
  CreateLaunchTemplateResult,
  CreateLaunchTemplateVersionRequest,
  CreateLaunchTemplateVersionResult,
  DeleteLaunchTemplateRequest,
  DeleteLaunchTemplateResult,
  DescribeLaunchTemplatesRequest,
  DescribeLaunchTemplatesResult,
  DescribeLaunchTemplateVersionsRequest,
  DescribeLaunchTemplateVersionsResult,
  LaunchTemplate,
  LaunchTemplateSpecification,
  LaunchTemplateVersion,
  ModifyLaunchTemplateRequest,
  ModifyLaunchTemplateResult,
  RequestLaunchTemplateData,
} from '@aws-sdk/client-ec2'

import { operation } from '../../protocol/operation.ts'
import { KEPT_OF_TEMPLATES, TEMPLATE_DATA } from './launch-members.ts'
import { LISTED, TAGGED } from './members.ts'
import { AwsError } from '../../../base/errors.ts'
import { paginate } from '../../protocol/paging.ts'
import { clientTokenOf, isRepeated } from './client-token.ts'
import { missingParameter } from './errors.ts'
import { byIds, select, tagsOfNew, tagList, type FilterTable } from './filters.ts'
import type { Ec2State, LaunchTemplateRecord } from './state.ts'

const FILTERS: FilterTable<LaunchTemplateRecord> = {
  'launch-template-id': ({ id }) => id,
  'launch-template-name': ({ name }) => name,
}

interface TemplateReference {
  readonly LaunchTemplateId?: string | undefined
  readonly LaunchTemplateName?: string | undefined
}

function find(ec2: Ec2State, reference: TemplateReference): LaunchTemplateRecord {
  const { LaunchTemplateId: id, LaunchTemplateName: name } = reference
  if (id !== undefined) {
    const byId = ec2.launchTemplates.get(id)
    if (!byId) {
      throw new AwsError(
        'InvalidLaunchTemplateId.NotFound',
        `The specified launch template, with template ID ${id}, does not exist.`,
      )
    }
    return byId
  }
  if (name === undefined) throw missingParameter('LaunchTemplateId')
  const byName = ec2.launchTemplates.find('name', name)
  if (!byName) {
    throw new AwsError(
      'InvalidLaunchTemplateName.NotFoundException',
      `The specified launch template, with template name ${name}, does not exist.`,
    )
  }
  return byName
}

function describe(record: LaunchTemplateRecord): LaunchTemplate {
  return {
    LaunchTemplateId: record.id,
    LaunchTemplateName: record.name,
    CreateTime: new Date(record.createdAtMs),
    CreatedBy: record.createdBy,
    DefaultVersionNumber: record.defaultVersion,
    LatestVersionNumber: record.versions.length,
    Tags: tagList(record.tags),
  }
}

function describeVersion(record: LaunchTemplateRecord, number: number): LaunchTemplateVersion {
  const version = record.versions[number - 1]
  if (!version) {
    throw new AwsError(
      'InvalidLaunchTemplateId.VersionNotFound',
      `Could not find the specified version ${number} for the launch template with ID ${record.id}.`,
    )
  }
  return {
    LaunchTemplateId: record.id,
    LaunchTemplateName: record.name,
    VersionNumber: number,
    VersionDescription: version.description,
    CreateTime: new Date(version.createdAtMs),
    CreatedBy: record.createdBy,
    DefaultVersion: number === record.defaultVersion,
    // Request and response data have the same members, but for details that are not emulated.
    LaunchTemplateData: version.data,
  }
}

function versionNumber(record: LaunchTemplateRecord, version: string | undefined): number {
  if (version === undefined || version === '$Default') return record.defaultVersion
  return version === '$Latest' ? record.versions.length : Number(version)
}

/** The data of a template's version; `$Default` when none is named. */
export function templateData(
  ec2: Ec2State,
  specification: LaunchTemplateSpecification,
): RequestLaunchTemplateData {
  return resolveTemplate(ec2, specification).data
}

/** A template's version with its number; `$Default` when none is named. */
export function resolveTemplate(
  ec2: Ec2State,
  specification: LaunchTemplateSpecification,
): { readonly id: string; readonly version: number; readonly data: RequestLaunchTemplateData } {
  const record = find(ec2, specification)
  const version = versionNumber(record, specification.Version)
  describeVersion(record, version)
  // Stored as it was sent with CreateLaunchTemplate.
  return { id: record.id, version, data: record.versions[version - 1]?.data as RequestLaunchTemplateData }
}

/**
 * CreateLaunchTemplate.
 * @throws AwsError InvalidLaunchTemplateName.AlreadyExistsException, IdempotentParameterMismatch
 */
export const createLaunchTemplate = operation<
  Ec2State,
  CreateLaunchTemplateRequest,
  CreateLaunchTemplateResult
>()({
  honours: ['LaunchTemplateName', 'VersionDescription', 'ClientToken', ...TEMPLATE_DATA, ...TAGGED],
  keeps: KEPT_OF_TEMPLATES,
  handle: async (input, ec2, { principal }) => {
    const name = input.LaunchTemplateName ?? ''
    const token = clientTokenOf(input)
    return await ec2.deps.store.transact((tx) => {
      const earlier = token && ec2.launchTemplates.find('token', token.value)
      if (earlier && isRepeated(token, earlier.token)) return { LaunchTemplate: describe(earlier) }
      if (ec2.launchTemplates.find('name', name)) {
        throw new AwsError(
          'InvalidLaunchTemplateName.AlreadyExistsException',
          'Launch template name already in use.',
        )
      }
      const createdAtMs = ec2.deps.clock.now()
      const record: LaunchTemplateRecord = {
        id: ec2.newId('launch-template'),
        name,
        createdAtMs,
        createdBy: principal.arn,
        defaultVersion: 1,
        versions: [{ data: input.LaunchTemplateData ?? {}, createdAtMs, ...descriptionOf(input) }],
        ...(token ? { token } : {}),
        tags: tagsOfNew(input.TagSpecifications, 'launch-template'),
      }
      ec2.launchTemplates.putIn(tx, record.id, record)
      return { LaunchTemplate: describe(record) }
    })
  },
})

function descriptionOf(input: { VersionDescription?: string | undefined }): { description?: string } {
  return input.VersionDescription === undefined ? {} : { description: input.VersionDescription }
}

export const createLaunchTemplateVersion = operation<
  Ec2State,
  CreateLaunchTemplateVersionRequest,
  CreateLaunchTemplateVersionResult
>()({
  honours: [
    'LaunchTemplateId',
    'LaunchTemplateName',
    'SourceVersion',
    'VersionDescription',
    'ClientToken',
    ...TEMPLATE_DATA,
  ],
  keeps: [...KEPT_OF_TEMPLATES],
  handle: async (input, ec2) => {
    const token = clientTokenOf(input)
    return await ec2.deps.store.transact((tx) => {
      const record = find(ec2, input)
      const earlier = token ? record.versions.findIndex((each) => isRepeated(token, each.token)) : -1
      if (earlier >= 0) return { LaunchTemplateVersion: describeVersion(record, earlier + 1) }
      const source =
        input.SourceVersion === undefined
          ? {}
          : templateData(ec2, { LaunchTemplateId: record.id, Version: input.SourceVersion })
      const version = {
        data: { ...source, ...input.LaunchTemplateData },
        createdAtMs: ec2.deps.clock.now(),
        ...descriptionOf(input),
        ...(token ? { token } : {}),
      }
      const next = { ...record, versions: [...record.versions, version] }
      ec2.launchTemplates.putIn(tx, record.id, next)
      return { LaunchTemplateVersion: describeVersion(next, next.versions.length) }
    })
  },
})

export const modifyLaunchTemplate = operation<
  Ec2State,
  ModifyLaunchTemplateRequest,
  ModifyLaunchTemplateResult
>()({
  honours: ['LaunchTemplateId', 'LaunchTemplateName', 'DefaultVersion', 'ClientToken'],
  handle: async (input, ec2) => {
    if (input.LaunchTemplateId !== undefined && input.LaunchTemplateName !== undefined) {
      throw new AwsError(
        'InvalidParameterCombination',
        'Either provide launch template ID or launch template name to modify the template.',
      )
    }
    return await ec2.deps.store.transact((tx) => {
      const record = find(ec2, input)
      const defaultVersion = versionNumber(record, input.DefaultVersion)
      if (!record.versions[defaultVersion - 1]) {
        throw new AwsError(
          'InvalidLaunchTemplateId.VersionNotFound',
          `The launch template version ${input.DefaultVersion} is not found for the specified launch template.`,
        )
      }
      const next = { ...record, defaultVersion }
      ec2.launchTemplates.putIn(tx, record.id, next)
      return { LaunchTemplate: describe(next) }
    })
  },
})

export const describeLaunchTemplates = operation<
  Ec2State,
  DescribeLaunchTemplatesRequest,
  DescribeLaunchTemplatesResult
>()({
  honours: ['LaunchTemplateIds', 'LaunchTemplateNames', ...LISTED],
  handle: (input, ec2) => {
    const { LaunchTemplateNames: names = [] } = input
    if (names.some((name) => !ec2.launchTemplates.find('name', name))) {
      throw new AwsError(
        'InvalidLaunchTemplateName.NotFoundException',
        'At least one of the launch templates specified in the request does not exist.',
      )
    }
    const records = byIds('launch-template', ec2.launchTemplates.listByAge(), input.LaunchTemplateIds).filter(
      ({ name }) => !input.LaunchTemplateNames || input.LaunchTemplateNames.includes(name),
    )
    const found = select({ records, filters: input.Filters, table: FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { LaunchTemplates: items.map(describe), NextToken: token }
  },
})

export const describeLaunchTemplateVersions = operation<
  Ec2State,
  DescribeLaunchTemplateVersionsRequest,
  DescribeLaunchTemplateVersionsResult
>()({
  honours: [
    'LaunchTemplateId',
    'LaunchTemplateName',
    'Versions',
    'MinVersion',
    'MaxVersion',
    'NextToken',
    'MaxResults',
  ],
  handle: (input, ec2) => {
    const { items, token } = paginate(wantedVersions(ec2, input), {
      token: input.NextToken,
      limit: input.MaxResults,
    })
    return {
      LaunchTemplateVersions: items.map(({ record, number }) => describeVersion(record, number)),
      NextToken: token,
    }
  },
})

type VersionsWanted = {
  readonly [Member in 'LaunchTemplateId' | 'LaunchTemplateName' | 'Versions' | 'MinVersion' | 'MaxVersion']?:
    | DescribeLaunchTemplateVersionsRequest[Member]
    | undefined
}

interface VersionOf {
  readonly record: LaunchTemplateRecord
  readonly number: number
}

// Those that are named in their order, else the newest first; of all templates, where none is named.
function wantedVersions(ec2: Ec2State, input: VersionsWanted): VersionOf[] {
  if (input.LaunchTemplateId === undefined && input.LaunchTemplateName === undefined) {
    const versions = input.Versions ?? []
    if (versions.length === 0 || !versions.every((each) => each === '$Latest' || each === '$Default')) {
      throw new AwsError(versions.length === 0 ? 'MissingParameter' : 'InvalidParameterValue', ALL_TEMPLATES)
    }
    return ec2.launchTemplates
      .listByAge()
      .flatMap((record) => versions.map((each) => ({ record, number: versionNumber(record, each) })))
  }
  const record = find(ec2, input)
  const { MinVersion: least = '1', MaxVersion: most = '$Latest' } = input
  const [first, last] = [versionNumber(record, least), versionNumber(record, most)]
  const all = record.versions.map((_, index) => index + 1).filter((at) => at >= first && at <= last)
  const numbers = input.Versions?.map((version) => versionNumber(record, version)) ?? all.toReversed()
  return numbers.map((number) => ({ record, number }))
}

const ALL_TEMPLATES =
  'To describe the launch template data for all your launch templates, for ‘--versions’ specify ‘$Latest’, ‘$Default’, or both, and omit ‘--launch-template-id’, ‘--launch-template-name’, and version numbers. To describe the launch template data for a specific launch template, specify ‘--launch-template-id’ or ‘--launch-template-name’, and for ‘--versions’ specify one or more of the following values: ‘$Latest’, ‘$Default’, or one or more version numbers.'

export const deleteLaunchTemplate = operation<
  Ec2State,
  DeleteLaunchTemplateRequest,
  DeleteLaunchTemplateResult
>()({
  honours: ['LaunchTemplateId', 'LaunchTemplateName'],
  handle: async (input, ec2) => {
    return await ec2.deps.store.transact((tx) => {
      const record = find(ec2, input)
      ec2.launchTemplates.deleteIn(tx, record.id)
      return { LaunchTemplate: describe(record) }
    })
  },
})
