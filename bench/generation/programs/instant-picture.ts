import sharp from 'sharp';

const side = 64;

/** What a provider that answers at once answers with: small, so that encoding it is not all that is measured. */
export function instantPicture(): Promise<Buffer> {
  return sharp({ create: { width: side, height: side, channels: 3, background: '#b9803a' } }).webp().toBuffer();
}
