// Owns what STS needs of IAM and of the clusters: roles with their trust, and the check of service account tokens.

/** A role as STS sees it. */
export interface AssumableRole {
  readonly name: string
  /** `AROA…` */
  readonly id: string
  readonly arn: string
  readonly maxSessionSeconds: number
  /** The trust policy document. */
  readonly trust: string
}

export interface RoleSource {
  role(arn: string): AssumableRole | undefined
  /** An MFA device that a user has enabled, by its serial number. */
  mfaDevice(serial: string): { readonly seed: string } | undefined
  /** The registered provider of an issuer URL. */
  oidcProvider(
    issuer: string,
  ): { readonly arn: string; readonly url: string; readonly clientIds: readonly string[] } | undefined
}

/** Checks a service account token against the issuer that signed it. */
export interface WebIdentityVerifier {
  /** @returns the verified claims; undefined when the token is malformed, expired or not signed by its issuer. */
  verify(token: string): Promise<WebIdentity | undefined>
}

export interface WebIdentity {
  /** `https://…` */
  readonly issuer: string
  readonly subject: string
  readonly audiences: readonly string[]
  /** The pod that the token is bound to. */
  readonly pod?: { readonly name: string; readonly uid: string }
}

export interface StsPorts {
  readonly roles: RoleSource
  readonly webIdentity: WebIdentityVerifier
}
