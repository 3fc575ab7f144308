// Owns what EKS Auth needs from outside: whose token it is, which role is associated, and sessions of that role.

/** What a cluster says of a pod in the token that it has signed for it. */
export interface PodToken {
  readonly namespace: string
  readonly serviceAccount: string
  readonly podName: string
  readonly podUid: string
  readonly audiences: readonly string[]
}

export interface PodRole {
  readonly roleArn: string
  readonly associationArn: string
  readonly associationId: string
  readonly disableSessionTags?: boolean | undefined
  readonly targetRoleArn?: string | undefined
  readonly externalId?: string | undefined
  readonly policy?: string | undefined
}

export interface PodSessionRequest {
  readonly roleArn: string
  readonly name: string
  /** `aws:SourceArn` of the request. */
  readonly clusterArn: string
  readonly tags: Readonly<Record<string, string>>
  /** The role that the first one assumes in turn. */
  readonly target?: { readonly roleArn: string; readonly externalId: string }
  /** A session policy. */
  readonly policy?: string
}

export interface PodSession {
  readonly assumedRoleUser: { readonly arn: string; readonly assumeRoleId: string }
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string
    readonly expiration: Date
  }
}

export interface EksAuthPorts {
  /** The claims of a token that this cluster has signed for a pod; undefined for any other, and for one that has expired. */
  verify(clusterName: string, token: string): Promise<PodToken | undefined>
  association(account: {
    readonly clusterName: string
    readonly namespace: string
    readonly serviceAccount: string
  }): PodRole | undefined
  /** @returns undefined when the role, or the one that it leads to, doesn't trust whoever would assume it */
  openSession(request: PodSessionRequest): Promise<PodSession | undefined>
}
