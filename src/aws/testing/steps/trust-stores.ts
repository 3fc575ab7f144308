// Owns the steps of the trust stores of Elastic Load Balancing.
import { ClientAuthority } from '../../../network/tls/testing/client-authority.ts'
import { step, type Made, type Step } from './step.ts'

const Bucket = 'pki'
const root = await ClientAuthority.create('root')
const STORE = ({ store }: Made): object => ({ TrustStoreArn: store })
const BUNDLE = { CaCertificatesBundleS3Bucket: Bucket, CaCertificatesBundleS3Key: 'root.pem' }
const REVOCATIONS = (made: Made): object => ({ ...STORE(made), RevocationIds: [1] })

/** Makes, changes and removes a trust store with a revocation list. */
export const trustStores: readonly Step[] = [
  step('s3', 'CreateBucket', { Bucket, CreateBucketConfiguration: { LocationConstraint: 'ap-southeast-1' } }),
  step('s3', 'PutObject', { Bucket, Key: 'root.pem', Body: Buffer.from(root.certificate) }),
  step('s3', 'PutObject', { Bucket, Key: 'one.crl', Body: Buffer.from(await root.revoke('0a')) }),
  step('elbv2', 'CreateTrustStore', { Name: 'clients', ...BUNDLE }, { store: 'TrustStores.0.TrustStoreArn' }),
  step('elbv2', 'DescribeTrustStores'),
  step('elbv2', 'ModifyTrustStore', (made) => ({ ...STORE(made), ...BUNDLE })),
  step('elbv2', 'AddTrustStoreRevocations', (made) => ({
    ...STORE(made),
    RevocationContents: [{ S3Bucket: Bucket, S3Key: 'one.crl', RevocationType: 'CRL' }],
  })),
  step('elbv2', 'DescribeTrustStoreRevocations', REVOCATIONS),
  step('elbv2', 'RemoveTrustStoreRevocations', REVOCATIONS),
  step('elbv2', 'DescribeTrustStoreAssociations', STORE),
  step('elbv2', 'DeleteTrustStore', STORE),
]
