// The shapes of the gastos API that this page reads and writes. Names are the
// API's own. Money is a decimal string ("123.45"), a date is "YYYY-MM-DD".

export type Categoria = "viaje" | "comida" | "alojamiento" | "material" | "otros";
export type Estado = "pendiente" | "aprobado" | "rechazado";

export interface Usuario {
  id: number;
  nombre: string;
  email: string;
  role: string;
  authMethod: string;
}

export interface Login {
  token: string;
  expiresAt: string;
  usuario: Usuario;
}

export interface Empresa {
  id: number;
  nombre: string;
  nif: string;
}

export interface Gasto {
  id: number;
  empresaId: number;
  usuarioId: number;
  concepto: string;
  importe: string;
  moneda: string;
  categoria: Categoria;
  estado: Estado;
  fecha: string;
  creadoEn: string;
}

export interface NuevoGasto {
  empresaId: number;
  concepto: string;
  importe: string;
  categoria: string;
  fecha: string;
}

export interface Page<T> {
  items: T[];
  total: number;
  page: number;
  pageSize: number;
}

export interface FieldError {
  field: string;
  message: string;
}

/** What the reader sees for each category, in the order of the menus. */
export const CATEGORIAS: Readonly<Record<Categoria, string>> = {
  viaje: "Viaje",
  comida: "Comida",
  alojamiento: "Alojamiento",
  material: "Material",
  otros: "Otros",
};

/** What the reader sees for each state, in the order of the menus. */
export const ESTADOS: Readonly<Record<Estado, string>> = {
  pendiente: "Pendiente",
  aprobado: "Aprobado",
  rechazado: "Rechazado",
};
