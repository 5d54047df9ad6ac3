// Starts Swagger UI on the page /docs. Everything it needs is served by Halla itself.
const place = document.getElementById("docs");

window.ui = SwaggerUIBundle({
  url: place.dataset.description,
  domNode: place,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null, // no third party is asked about our description
});
