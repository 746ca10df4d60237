-- What a photo is, written with the statement that makes its upload ready, so that clients need not load it to know.
-- Null while it is pending, and for photos from before.
ALTER TABLE uploads
  ADD COLUMN width integer,
  ADD COLUMN height integer,
  ADD COLUMN placeholder text,
  ADD CONSTRAINT uploads_measures_check CHECK (width > 0 AND height > 0),
  ADD CONSTRAINT uploads_facts_check CHECK (state <> 'pending' OR num_nonnulls(width, height, placeholder) = 0);
