package contracts

// shopSource is what registers the twin's routes; its debugging route too.
const shopSource = `package main

import "net/http"

func routes(mux *http.ServeMux, h http.HandlerFunc) {
	mux.HandleFunc("GET /openapi.json", h)
	mux.HandleFunc("GET /things", h)
	mux.HandleFunc("POST /things", h)
	mux.HandleFunc("GET /things/{id}", h)
	mux.HandleFunc("DELETE /things/{id}", h)
	mux.HandleFunc("GET /debug/dump", h)
}
`

// shopDocument is the twin's document, right for the healthy twin.
const shopDocument = `{
  "openapi": "3.1.0",
  "info": {"title": "shop", "version": "1.0.0"},
  "paths": {
    "/openapi.json": {"get": {"operationId": "document", "responses": {
      "200": {"description": "This document.", "content": {"application/json": {"schema": {"type": "object"}}}}}}},
    "/things": {
      "get": {"operationId": "list",
        "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 50}, "example": 10}],
        "responses": {
          "200": {"description": "The things.", "content": {"application/json": {"schema": {"type": "object", "required": ["items"],
            "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}}}}}},
          "400": {"$ref": "#/components/responses/Problem"}, "500": {"$ref": "#/components/responses/Problem"}}},
      "post": {"operationId": "add",
        "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["name"], "additionalProperties": false,
          "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 20}}}, "example": {"name": "third"}}}},
        "responses": {
          "201": {"description": "The thing.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
          "400": {"$ref": "#/components/responses/Problem"}, "413": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"}, "422": {"$ref": "#/components/responses/Problem"}}}},
    "/things/{id}": {
      "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 1}}],
      "get": {"operationId": "show", "responses": {
        "200": {"description": "The thing.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
        "400": {"$ref": "#/components/responses/Problem"}, "404": {"$ref": "#/components/responses/Problem"}}},
      "delete": {"operationId": "remove", "responses": {
        "204": {"description": "It is gone."},
        "400": {"$ref": "#/components/responses/Problem"}, "404": {"$ref": "#/components/responses/Problem"}}}}
  },
  "components": {
    "responses": {"Problem": {"description": "What is wrong.", "content": {"application/problem+json": {"schema": {"type": "object", "required": ["title", "status"],
      "properties": {"type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"}}}}}}},
    "schemas": {"Thing": {"type": "object", "required": ["id", "name"], "additionalProperties": false,
      "properties": {"id": {"type": "integer", "minimum": 1}, "name": {"type": "string", "minLength": 1, "maxLength": 20}}}}
  }
}
`
