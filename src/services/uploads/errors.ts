import { UserError } from '../../domain/user-errors.js';

/** The photo is not where it should be. */
export class UploadMissing extends UserError {
  readonly code = 'UPLOAD_MISSING';

  constructor(why: 'nothing arrived' | 'expired' | 'not completed' | 'gone') {
    super(messages[why]);
  }
}

const messages = {
  'nothing arrived': 'Nothing was uploaded yet: send the form that createUpload gave, and complete it then.',
  expired: 'The time to upload this photo is over: begin again with createUpload.',
  'not completed': 'This upload was not completed: call completeUpload first.',
  gone: 'This photo was not used for a long time and is gone: upload it again.',
} as const;

/** A photo is larger than one may be. */
export class FileTooLarge extends UserError {
  readonly code = 'FILE_TOO_LARGE';

  constructor(readonly maxBytes: number) {
    super(`A photo may have at most ${maxBytes} bytes. Send it smaller, or compress it more.`);
  }
}

/** A file is of no type that a photo may have, or of another one than it was said to be. */
export class UnsupportedFileType extends UserError {
  readonly code = 'UNSUPPORTED_FILE_TYPE';

  constructor(
    /** What a photo may be. */
    readonly acceptedContentTypes: readonly string[],
    /** What this one was said to be; null where that was no accepted type. */
    announced: string | null,
  ) {
    const accepted = acceptedContentTypes.join(', ');
    super(
      announced === null
        ? `A photo must be one of ${accepted}.`
        : `What was uploaded is not ${announced}, as it was said to be. Begin again with the type that the file has, one of ${accepted}.`,
    );
  }
}

/** A photo is of the right type and cannot be used. */
export class UnreadableImage extends UserError {
  readonly code = 'UNREADABLE_IMAGE';

  constructor(why: { readonly damaged: true } | { readonly maxPixels: number }) {
    super(
      'damaged' in why
        ? 'This photo is damaged or was cut short. Send it again, or take another one.'
        : `This photo has too many pixels: width times height may be at most ${why.maxPixels}. Send it smaller.`,
    );
  }
}
