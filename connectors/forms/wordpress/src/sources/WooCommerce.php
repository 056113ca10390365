<?php
/**
 * WooCommerce: an order each time it is new or changed, written as its REST API writes it.
 *
 * A request saves an order several times; it is one row, kept at the first time and written anew when the request ends.
 */

namespace Ringback\Sources;

use Ringback\Courier;
use Ringback\Origin;
use Ringback\Queue;
use Ringback\Submission;

defined( 'ABSPATH' ) || exit;

final class WooCommerce extends Source {

	const TRASH  = 'trash';
	const POST   = 'shop_order'; // what an order is in a shop that keeps them among its posts
	const DRAFTS = array( 'checkout-draft', 'auto-draft', 'draft', 'new' );

	/** The rows of this request, by the order's id; 0 for one that holds nothing new. */
	private $rows = array();

	public function title(): string {
		return 'WooCommerce';
	}

	public function is_here(): bool {
		return class_exists( 'WooCommerce' );
	}

	public function listen(): void {
		foreach ( array( 'woocommerce_new_order', 'woocommerce_update_order', 'woocommerce_order_status_changed', 'woocommerce_untrash_order' ) as $hook ) {
			add_action( $hook, array( $this, 'take' ), PHP_INT_MAX, 1 );
		}
		foreach ( array( 'woocommerce_trash_order', 'woocommerce_before_delete_order' ) as $hook ) {
			add_action( $hook, array( $this, 'gone' ), PHP_INT_MAX, 1 );
		}
		foreach ( array( 'trashed_post' => 'gone', 'before_delete_post' => 'gone', 'untrashed_post' => 'take' ) as $hook => $deed ) {
			add_action( $hook, function ( $id ) use ( $deed ) {
				if ( self::POST === get_post_type( $id ) ) {
					$this->$deed( $id );
				}
			}, PHP_INT_MAX, 1 );
		}
		add_action( 'shutdown', array( $this, 'settle' ), 900 );
	}

	public function take( $id ): void {
		$id = (int) $id;
		if ( ! isset( $this->rows[ $id ] ) ) {
			$this->quietly( function () use ( $id ) {
				$body = $this->body( $id );
				if ( $body && ! Queue::is_known( $this->about( $id ), $body ) ) {
					$this->rows[ $id ] = Queue::put( $this->about( $id ), $body, MINUTE_IN_SECONDS );
					Courier::hurry();
				}
			} );
		}
	}

	/** Say at once that it is gone: afterwards nobody can tell what it was. */
	public function gone( $id ): void {
		$id = (int) $id;
		$this->quietly( function () use ( $id ) {
			$body = $this->body( $id );
			if ( ! $body ) {
				return;
			}
			$body['order']['status'] = self::TRASH;
			$renewed                 = ! empty( $this->rows[ $id ] ) && Queue::renew( $this->rows[ $id ], $body );
			$this->rows[ $id ]       = 0;
			if ( ! $renewed && ! Queue::is_known( $this->about( $id ), $body ) ) {
				Queue::put( $this->about( $id ), $body );
			}
			Courier::hurry();
		} );
	}

	/** Say anew what was kept, now that all of the order is written. */
	public function settle(): void {
		foreach ( array_filter( $this->rows ) as $id => $row ) {
			$this->quietly( function () use ( $id, $row ) {
				$body = $this->body( $id );
				if ( $body && ! Queue::renew( $row, $body ) && ! Queue::is_known( $this->about( $id ), $body ) ) {
					Queue::put( $this->about( $id ), $body );
				}
			} );
		}
	}

	private function about( int $id ): string {
		return "woocommerce: $id";
	}

	private function body( int $id ): ?array {
		$order = wc_get_order( $id );
		if ( ! $order || ! method_exists( $order, 'get_billing_email' ) || in_array( $order->get_status(), self::DRAFTS, true ) ) {
			return null;
		}
		$form = array( 'plugin' => 'woocommerce', 'id' => '', 'title' => $this->title() );
		return Submission::body( 'order' ) + array( 'form' => $form, 'order' => $this->order( $order ), 'origin' => (object) $this->origin( $order ) );
	}

	private function order( $order ): array {
		return array(
			'id'                   => (string) $order->get_id(),
			'number'               => (string) $order->get_order_number(),
			'status'               => (string) $order->get_status(),
			'currency'             => (string) $order->get_currency(),
			'total'                => (string) $order->get_total(),
			'date_created_gmt'     => $this->moment( $order->get_date_created() ),
			'date_modified_gmt'    => $this->moment( $order->get_date_modified() ),
			'payment_method_title' => (string) $order->get_payment_method_title(),
			'customer_note'        => (string) $order->get_customer_note(),
			'billing'              => (object) array_map( 'strval', $order->get_address( 'billing' ) ),
			'shipping'             => (object) array_map( 'strval', $order->get_address( 'shipping' ) ),
			'line_items'           => array_values( array_map( array( $this, 'line' ), $order->get_items() ) ),
			'shipping_lines'       => array_values( array_map( array( $this, 'way' ), $order->get_items( 'shipping' ) ) ),
		);
	}

	private function line( $item ): array {
		$product  = $item->get_product();
		$quantity = (float) $item->get_quantity();
		return array(
			'name'     => (string) $item->get_name(),
			'sku'      => $product ? (string) $product->get_sku() : '',
			'quantity' => (string) $item->get_quantity(),
			'price'    => $quantity ? (string) round( (float) $item->get_total() / $quantity, 4 ) : '',
			'total'    => (string) $item->get_total(),
		);
	}

	private function way( $item ): array {
		return array( 'method_title' => (string) $item->get_name(), 'total' => (string) $item->get_total() );
	}

	/** The shop's own notes of where the customer came from go before ours. */
	private function origin( $order ): array {
		$origin = is_admin() && ! wp_doing_ajax() || wp_doing_cron() ? array() : Origin::now();
		foreach ( array( 'utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content' ) as $mark ) {
			$noted = (string) $order->get_meta( "_wc_order_attribution_$mark" );
			if ( '' !== $noted ) {
				$origin['marks'][ $mark ] = $noted;
			}
		}
		return $origin;
	}

	private function moment( $moment ): ?string {
		return $moment ? gmdate( 'Y-m-d\TH:i:s', $moment->getTimestamp() ) : null;
	}
}
