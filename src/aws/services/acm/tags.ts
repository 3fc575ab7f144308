// Owns the tags of certificates.
import type {
  AddTagsToCertificateRequest,
  ListTagsForCertificateRequest,
  ListTagsForCertificateResponse,
  RemoveTagsFromCertificateRequest,
  Tag,
} from '@aws-sdk/client-acm'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import type { AcmState, CertificateRecord } from './state.ts'

/** The members of a tag list, as operations declare them. */
export const TAGS = ['Tags[].Key', 'Tags[].Value'] as const

const MOST_TAGS = 50

/** Tags as a record keeps them. @throws AwsError TooManyTagsException, InvalidTagException */
export function recordOf(tags: readonly Tag[] = []): Readonly<Record<string, string>> {
  const aws = tags.find(({ Key = '' }) => Key.toLowerCase().startsWith('aws:'))
  if (aws)
    throw new AwsError('InvalidTagException', 'aws: prefixed tag key names are not allowed for external use.')
  const record = Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]))
  if (Object.keys(record).length > MOST_TAGS) {
    throw new AwsError(
      'TooManyTagsException',
      `The request contains too many tags, at most ${MOST_TAGS} are allowed.`,
    )
  }
  return record
}

async function change(
  acm: AcmState,
  arn: string | undefined,
  next: (tags: CertificateRecord['tags']) => readonly Tag[],
): Promise<void> {
  await acm.deps.store.transact((tx) => {
    const record = acm.certificate(arn)
    acm.certificates.putIn(tx, record.arn, { ...record, tags: recordOf(next(record.tags)) })
  })
}

function listOf(tags: CertificateRecord['tags']): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

/** @throws AwsError TooManyTagsException, InvalidTagException, ResourceNotFoundException */
export const addTagsToCertificate = operation<AcmState, AddTagsToCertificateRequest, void>()({
  honours: ['CertificateArn', ...TAGS],
  handle: (input, acm) =>
    change(acm, input.CertificateArn, (tags) => [...listOf(tags), ...(input.Tags ?? [])]),
})

/** A tag goes by its key, and where a value is given only with that value. @throws AwsError ResourceNotFoundException */
export const removeTagsFromCertificate = operation<AcmState, RemoveTagsFromCertificateRequest, void>()({
  honours: ['CertificateArn', ...TAGS],
  handle: (input, acm) => {
    const isDoomed = (tag: Tag): boolean =>
      (input.Tags ?? []).some(
        ({ Key, Value }) => Key === tag.Key && (Value === undefined || Value === tag.Value),
      )
    return change(acm, input.CertificateArn, (tags) => listOf(tags).filter((tag) => !isDoomed(tag)))
  },
})

/** @throws AwsError ResourceNotFoundException */
export const listTagsForCertificate = operation<
  AcmState,
  ListTagsForCertificateRequest,
  ListTagsForCertificateResponse
>()({
  honours: ['CertificateArn'],
  handle: (input, acm) => ({ Tags: listOf(acm.certificate(input.CertificateArn).tags) }),
})
