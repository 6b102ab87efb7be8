{
  deepLinking: true,
  plugins: [
    {
      // Whatever has "json" in its media type Swagger UI takes for JSON, and quotes a text. Lines of JSON are text.
      afterLoad({ fn }) {
        const sample = fn.getSampleSchema;
        this.fn = {
          ...this.fn,
          getSampleSchema: (schema, mediaType, config, example) =>
            mediaType === "application/x-ndjson" && example ? example : sample(schema, mediaType, config, example),
        };
      },
    },
  ],
}
