// Owns templates that stand in S3: which URLs name one, and reading it.
import type { GetObjectOutput } from '@aws-sdk/client-s3'

import { isRefusal, messageOf } from '../../../../base/errors.ts'
import { decodeText } from '../../../protocol/message.ts'
import type { Principal } from '../../../protocol/service.ts'
import { validationError } from '../errors.ts'
import type { CloudFormation } from '../state.ts'

/** The members of requests that are URLs of S3. */
export type UrlMember = 'TemplateURL' | 'StackPolicyURL'

interface ObjectPlace {
  readonly Bucket: string
  readonly Key: string
}

// Path-style hosts: S3's own, and this region's endpoint.
const PATH_HOST =
  /^(?:s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com|localhost|127(?:\.\d+){3}|\[::1\])$/
const VIRTUAL_HOST = /^(.+?)\.(?:s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com|(?:s3\.)?localhost)$/

/** The object that the URL of a member names. @throws AwsError ValidationError for a URL that is none of S3 */
export function objectOfUrl(url: string, member: UrlMember): ObjectPlace {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw validationError(`${member} must be a supported URL.`)
  }
  const { hostname, pathname } = new URL(url)
  const [first = '', ...rest] = pathname.slice(1).split('/').map(decodeText)
  if (PATH_HOST.test(hostname) && rest.length > 0) return { Bucket: first, Key: rest.join('/') }
  const bucket = VIRTUAL_HOST.exec(hostname)?.[1]
  if (bucket === undefined || first === '') {
    throw validationError(`S3 error: Domain name specified in ${hostname} is not a valid S3 domain`)
  }
  return { Bucket: bucket, Key: [first, ...rest].join('/') }
}

/** Templates of AWS's tutorials stand in public buckets, which are out of reach from here. */
function elsewhere({ Bucket, Key }: ObjectPlace): string {
  return `Neargate reads templates from buckets of its own region, and it has none named ${Bucket}: download the file and give it as the template body, or put it here with aws s3 mb s3://${Bucket} and aws s3 cp FILE s3://${Bucket}/${Key}.`
}

/** A URL, whose it is (a template's without), and who asks. */
export interface UrlOf {
  readonly url: string
  readonly member?: UrlMember
  readonly principal: Principal
}

/** "A template body in an Amazon S3 bucket: 1 MB" (user guide, quotas). */
const MAX_BYTES = 1024 * 1024

/**
 * What stands in S3 at a URL, read with the rights of whoever asks.
 * @throws AwsError ValidationError when it cannot be read; the words for too large a one were not found
 */
export async function fetchText(
  cloudformation: CloudFormation,
  { url, member = 'TemplateURL', principal }: UrlOf,
): Promise<string> {
  const place = objectOfUrl(url, member)
  try {
    const { Body, ContentLength = 0 } = await cloudformation.deps.caller.call<
      Omit<GetObjectOutput, 'Body'> & { Body: Uint8Array }
    >('s3', 'GetObject', place, { principal })
    if (ContentLength > MAX_BYTES) {
      throw validationError(
        `${member === 'TemplateURL' ? 'Template' : 'Stack policy'} may not exceed 1000000 bytes in size.`,
      )
    }
    return Buffer.from(Body).toString('utf8')
  } catch (error) {
    if (!isRefusal(error) || error.code === 'ValidationError') throw error
    const advice = error.code === 'NoSuchBucket' ? `${elsewhere(place)}\n` : ''
    throw validationError(
      `S3 error: ${messageOf(error)}\n${advice}For more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html`,
    )
  }
}
