// Owns which SSH key a node group's instances get, and who may connect to them.
// Source: eksctl pkg/apis/eksctl.io/v1alpha5 (defaults.go setSSHDefaults, validation.go), pkg/ssh.

/** `ssh` of a node group, as written. */
export interface SshConfig {
  readonly allow?: boolean
  readonly publicKeyPath?: string
  readonly publicKey?: string
  readonly publicKeyName?: string
  readonly sourceSecurityGroupIds?: readonly string[]
  readonly enableSsm?: boolean
}

/** What eksctl takes where a file allows SSH and names no key. */
const DEFAULT_PUBLIC_KEY_PATH = '~/.ssh/id_rsa.pub'

/** The key of a group: as a file, by its content, or by the name that EC2 knows it by. */
export type SshKeySource =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'content'; readonly text: string }
  | { readonly kind: 'name'; readonly name: string }

/** Where the key of a group comes from; undefined where nobody may connect. */
export function sshKeySource(ssh: SshConfig | undefined): SshKeySource | undefined {
  const { allow, publicKey, publicKeyName, publicKeyPath } = ssh ?? {}
  const isNamed = [publicKey, publicKeyName, publicKeyPath].some((each) => each !== undefined && each !== '')
  // A key alone means that it may be used.
  if (allow === false || (allow !== true && !isNamed)) return undefined
  if (publicKey) return { kind: 'content', text: publicKey }
  if (publicKeyName) return { kind: 'name', name: publicKeyName }
  return { kind: 'path', path: publicKeyPath || DEFAULT_PUBLIC_KEY_PATH }
}

/** The name of the key pair that is imported for a group. @param fingerprint as EC2 shows it */
export function sshKeyPairName(cluster: string, group: string, fingerprint: string): string {
  return `${sshKeyPairPrefix(cluster)}nodegroup-${group}-${fingerprint.replace(/=+$/, '')}`
}

/** How the names of all key pairs of a cluster begin. */
export function sshKeyPairPrefix(cluster: string): string {
  return `eksctl-${cluster}-`
}

/** What eksctl refuses. */
export function sshFault(ssh: SshConfig | undefined): string | undefined {
  const { publicKey, publicKeyName, publicKeyPath, enableSsm } = ssh ?? {}
  if ([publicKey, publicKeyName, publicKeyPath].filter((each) => each).length > 1)
    return 'only one of publicKeyName, publicKeyPath or publicKey can be specified for SSH per node-group'
  if (enableSsm === false) return 'SSM agent is now built into EKS AMIs and cannot be disabled'
  return undefined
}
