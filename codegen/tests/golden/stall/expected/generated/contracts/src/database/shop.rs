// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `shop` are stored.

use std::fmt;

use crate::shop::{Note, Order, OrderStatus, Product, ProductStatus};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Decimal, Entity, Lifecycle, Phase, RowError,
    RowReader, RowWriter, Status, TableDef,
};

impl Entity for Order {
    type Key = String;
    const NAME: &'static str = "Order";
    const TABLE: TableDef = TableDef {
        name: "order_tb",
        columns: &[
            ColumnDef::of::<String>("order_id").field("orderId"),
            ColumnDef::of::<i64>("product_id").field("productId"),
            ColumnDef::of::<i32>("quantity"),
            ColumnDef::of::<OrderStatus>("status").one_of(OrderStatus::VALUES).open(&["PLACED"]),
        ],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.order_id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.order_id);
        row.put(&self.product_id);
        row.put(&self.quantity);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self {
            order_id: row.take()?,
            product_id: row.take()?,
            quantity: row.take()?,
            status: row.take()?,
        })
    }
}

impl Lifecycle for Order {
    type Status = OrderStatus;

    fn status(&self) -> OrderStatus {
        self.status
    }

    fn set_status(&mut self, status: OrderStatus) {
        self.status = status;
    }
}

impl OrderStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["PLACED", "SHIPPED", "REFUSED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Placed => "PLACED",
            Self::Shipped => "SHIPPED",
            Self::Refused => "REFUSED",
        }
    }
}

impl Status for OrderStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Placed => Phase::Open,
            Self::Shipped => Phase::Done,
            Self::Refused => Phase::Failed,
        }
    }

    fn place(self) -> u8 {
        self as u8
    }

    fn name(self) -> &'static str {
        self.as_str()
    }
}

impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for OrderStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "PLACED" => Ok(Self::Placed),
            "SHIPPED" => Ok(Self::Shipped),
            "REFUSED" => Ok(Self::Refused),
            other => Err(RowError::unknown("OrderStatus", other)),
        }
    }
}

impl Entity for Product {
    type Key = i64;
    const NAME: &'static str = "Product";
    const TABLE: TableDef = TableDef {
        name: "product_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<String>("name"),
            ColumnDef::of::<Decimal>("price"),
            ColumnDef::of::<ProductStatus>("status")
                .one_of(ProductStatus::VALUES)
                .open(&["OFFERED", "PAUSED"]),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.name);
        row.put(&self.price);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, name: row.take()?, price: row.take()?, status: row.take()? })
    }

    fn seed() -> Vec<Self> {
        vec![
            Self {
                id: 1,
                name: "tea".to_owned(),
                price: saga_runtime::literal("4.50"),
                status: ProductStatus::Offered,
            },
        ]
    }
}

impl Lifecycle for Product {
    type Status = ProductStatus;

    fn status(&self) -> ProductStatus {
        self.status
    }

    fn set_status(&mut self, status: ProductStatus) {
        self.status = status;
    }
}

impl ProductStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["OFFERED", "PAUSED", "RETIRED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offered => "OFFERED",
            Self::Paused => "PAUSED",
            Self::Retired => "RETIRED",
        }
    }
}

impl Status for ProductStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Offered => Phase::Open,
            Self::Paused => Phase::Open,
            Self::Retired => Phase::Done,
        }
    }

    fn place(self) -> u8 {
        self as u8
    }

    fn name(self) -> &'static str {
        self.as_str()
    }
}

impl fmt::Display for ProductStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for ProductStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "OFFERED" => Ok(Self::Offered),
            "PAUSED" => Ok(Self::Paused),
            "RETIRED" => Ok(Self::Retired),
            other => Err(RowError::unknown("ProductStatus", other)),
        }
    }
}

impl Entity for Note {
    type Key = String;
    const NAME: &'static str = "Note";
    const TABLE: TableDef = TableDef {
        name: "note_tb",
        columns: &[ColumnDef::of::<String>("title"), ColumnDef::of::<String>("text")],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.title
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.title);
        row.put(&self.text);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { title: row.take()?, text: row.take()? })
    }
}
