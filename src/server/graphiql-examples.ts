/** A document that GraphiQL opens in a tab of its own; the tab is named after the operation. */
export interface ExampleDocument {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** What a newcomer wants to see first. They run as the demo user, and as anybody who is signed in. */
export const exampleDocuments: readonly ExampleDocument[] = [
  {
    query: `# The feed of a phone: a page of renders, newest first, with the cover and what the list shows.
# Put pageInfo.endCursor into "after" for the next page.
query Feed($first: Int! = 12, $after: String, $filter: RenderFilter) {
  viewer {
    renders(first: $first, after: $after, filter: $filter) {
      totalCount
      edges {
        cursor
        node {
          id
          mode
          roomType
          style
          prompt
          createdAt
          isFavorite
          variantCount
          coverImage {
            url
            width
            height
            placeholder
            expiresAt
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
`,
    variables: { first: 12, filter: {} },
  },
  {
    query: `# Collections, the favorites first, each with its newest covers and the renders in it.
query Collections($first: Int! = 10) {
  viewer {
    collections(first: $first) {
      nodes {
        id
        name
        isDefaultFavorites
        itemCount
        coverImages(first: 4) {
          url
        }
        items(first: 5) {
          edges {
            addedAt
            node {
              id
              style
              roomType
            }
          }
        }
      }
    }
  }
}
`,
    variables: { first: 10 },
  },
  {
    query: `# The curated community, which needs no sign-in. applySettings is what "Try this look" starts from.
query Community($first: Int! = 10) {
  communityCollections(first: $first) {
    nodes {
      id
      title
      description
      isFeatured
      itemCount
      coverImage {
        url
      }
      items(first: 6) {
        nodes {
          id
          image(size: THUMBNAIL) {
            url
          }
          applySettings {
            mode
            roomType
            style
            prompt
            variants
            queryString
          }
        }
      }
    }
  }
}
`,
    variables: { first: 10 },
  },
  {
    query: `# A change answers with its payload, or with an error to expect: a selection on each. Every payload has "viewer",
# to read anything of yours as it is after the change. Others to try: addToFavorites, organizeRenders, deleteRenders.
mutation CreateCollection($input: CreateCollectionInput!) {
  createCollection(input: $input) {
    __typename
    ... on CreateCollectionPayload {
      collection {
        id
        name
        itemCount
      }
      viewer {
        collections {
          totalCount
        }
      }
    }
    ... on UserError {
      code
      message
    }
    ... on InvalidInputError {
      issues {
        path
        message
      }
    }
  }
}
`,
    variables: { input: { name: 'Rooms I love' } },
  },
  {
    query: `# A photo comes in three steps: this form, a POST of it as multipart/form-data (every field, then the photo as "file"),
# and completeUpload with the id. Then it may be the "input1" of submitGeneration.
mutation CreateUpload($input: CreateUploadInput!) {
  createUpload(input: $input) {
    __typename
    ... on CreateUploadPayload {
      uploadId
      url
      fields
      expiresAt
    }
    ... on UserError {
      code
      message
    }
  }
}
`,
    variables: { input: { contentType: 'image/jpeg', byteSize: 1_500_000 } },
  },
  {
    query: `# What there is to buy, and what you pay for. "npm run stripe:double" runs a stand-in for Stripe, with which the rest can be
# tried: previewPlanChange here in billing, and the mutations createCheckoutSession, changePlan and createPortalSession.
query Billing {
  plans {
    id
    label
    priceCents
    currency
    interval
    monthlyGenerations
    isCurrent
  }
  viewer {
    billing {
      plan {
        id
      }
      hasAccess
      subscriptionStatus
      currentPeriod {
        start
        end
        daysRemaining
      }
      cancelAtPeriodEnd
      scheduledChange {
        plan {
          id
        }
        effectiveAt
      }
      paymentFailedAt
    }
  }
}
`,
  },
  {
    query: `# This month's allowance and the ledger behind it, then the months before.
query Usage {
  viewer {
    usage {
      periodStart
      periodEnd
      plan {
        id
        label
      }
      monthlyLimit
      used
      remaining
      percentUsed
      isNearLimit
      canGenerate
      blockedBy
      byMode {
        mode
        count
      }
      entries(first: 10) {
        nodes {
          kind
          amount
          reason
          createdAt
        }
      }
    }
    usageHistory(first: 6) {
      nodes {
        periodStart
        debits
        refunds
        credits
        used
      }
    }
  }
}
`,
  },
  {
    query: `# Your generations, while they happen. Start this, submit one in another tab, and watch it come to its end.
subscription Live {
  viewerGenerationJobs {
    id
    status
    progress
    error
    render {
      id
      coverImage {
        url
      }
    }
  }
}
`,
  },
];
