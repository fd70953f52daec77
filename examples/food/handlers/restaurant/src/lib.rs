//! What the service `restaurant` decides.

use food_contracts::restaurant::*;

/// The decisions of the service `restaurant`.
pub struct Handlers;

impl food_contracts::restaurant::Handlers for Handlers {
    fn accept_meal(&self, restaurant: &mut Restaurant, _: &OrderPlaced) -> Result<(), Rejection> {
        if restaurant.capacity == 0 {
            return Err(Rejection::because("the kitchen is busy"));
        }
        restaurant.capacity -= 1;
        Ok(())
    }

    fn return_meal(&self, restaurant: &mut Restaurant, _: &OrderPlaced, _: &MealAccepted) {
        restaurant.capacity += 1;
    }
}

#[cfg(test)]
mod tests {
    use food_contracts::restaurant::Handlers as _;

    use super::*;

    #[test]
    fn a_meal_takes_a_place_in_the_kitchen_and_gives_it_back() {
        let mut restaurant = Restaurant { capacity: 1, ..Default::default() };
        let (order, accepted) = (OrderPlaced::default(), MealAccepted::default());
        assert_eq!(Handlers.accept_meal(&mut restaurant, &order), Ok(()));
        assert!(Handlers.accept_meal(&mut restaurant, &order).is_err());
        Handlers.return_meal(&mut restaurant, &order, &accepted);
        assert_eq!(restaurant.capacity, 1);
    }
}
