import { type GraphQLField, isEnumType, isInputObjectType, isInterfaceType, isObjectType, isSpecifiedScalarType } from 'graphql';
import { createSchema } from '../src/schema/schema.js';

/** GraphiQL teaches the API with these; a new field comes with its words. */
it('every type, field, argument and enum value is described', () => {
  const silent: string[] = [];
  const expectWords = (coordinate: string, description: string | null | undefined) => {
    if (!description?.trim()) silent.push(coordinate);
  };
  for (const type of Object.values(createSchema().getTypeMap())) {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue;
    expectWords(type.name, type.description);
    if (isEnumType(type)) {
      for (const value of type.getValues()) expectWords(`${type.name}.${value.name}`, value.description);
    }
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) expectWords(`${type.name}.${field.name}`, field.description);
    }
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values<GraphQLField<unknown, unknown>>(type.getFields())) {
        expectWords(`${type.name}.${field.name}`, field.description);
        for (const { name, description } of field.args) expectWords(`${type.name}.${field.name}(${name}:)`, description);
      }
    }
  }

  expect(silent).toEqual([]);
});
