// Owns what ECR remembers: repositories as records. No image is ever kept.
import type { EncryptionConfiguration, Repository } from '@aws-sdk/client-ecr'

import { AwsError } from '../../../base/errors.ts'
import { Table } from '../../../store/table.ts'
import type { ServiceDeps } from '../../protocol/service.ts'

export interface RepositoryRecord {
  readonly name: string
  readonly createdAtMs: number
  readonly mutability: string
  readonly scanOnPush: boolean
  readonly encryption: EncryptionConfiguration
  readonly policy?: string
  readonly lifecyclePolicy?: string
  readonly tags: Readonly<Record<string, string>>
}

/** What every handler of the service works with. */
export class EcrState {
  readonly deps: ServiceDeps
  /** By name. */
  readonly repositories: Table<RepositoryRecord>

  constructor(deps: ServiceDeps) {
    this.deps = deps
    this.repositories = new Table(deps.store, 'aws/ecr/repositories')
  }

  arnOf(name: string): string {
    return `arn:aws:ecr:${this.deps.region}:${this.deps.accountId}:repository/${name}`
  }

  /**
   * @param registryId the account whose registry it is in: this one where absent; those of others have nothing here
   * @throws AwsError RepositoryNotFoundException
   */
  repository(name: string | undefined, registryId = this.deps.accountId): RepositoryRecord {
    const found = registryId === this.deps.accountId ? this.repositories.get(name ?? '') : undefined
    if (found) return found
    throw new AwsError(
      'RepositoryNotFoundException',
      `The repository with name '${name}' does not exist in the registry with id '${registryId}'`,
    )
  }

  show(record: RepositoryRecord): Repository {
    const { accountId, region } = this.deps
    return {
      repositoryArn: this.arnOf(record.name),
      registryId: accountId,
      repositoryName: record.name,
      repositoryUri: `${accountId}.dkr.ecr.${region}.amazonaws.com/${record.name}`,
      createdAt: new Date(record.createdAtMs),
      // The endpoint has checked it against the enumeration.
      imageTagMutability: record.mutability as Repository['imageTagMutability'],
      imageScanningConfiguration: { scanOnPush: record.scanOnPush },
      encryptionConfiguration: record.encryption,
    }
  }
}
