import {
  DateTimeResolver,
  JSONObjectResolver,
  SafeIntResolver,
  URLResolver,
  UUIDResolver,
} from 'graphql-scalars';
import { builder } from './builder.js';

builder.addScalarType('DateTime', DateTimeResolver);
builder.addScalarType('JSONObject', JSONObjectResolver);
builder.addScalarType('SafeInt', SafeIntResolver);
builder.addScalarType('URL', URLResolver);
builder.addScalarType('UUID', UUIDResolver);
