<?php
/**
 * In place of the form plug-ins and the shop, which cannot be had here: their hooks, called with the shapes that they document.
 *
 * POST /?stand-in=NAME with JSON says what their objects hold; the answer is how many milliseconds our plug-in held up
 * the visitor, up to the end of the page and after it.
 */

if ( ! class_exists( 'WPCF7_Submission' ) ) {
	/** Contact Form 7's submission and, for brevity, its form and tags. */
	class WPCF7_Submission {
		public static $said;

		public static function get_instance() {
			return self::$said ? new self() : null;
		}

		public function get_posted_data() {
			return self::$said['posted_data'];
		}

		public function get_meta( $name ) {
			return self::$said['meta'][ $name ] ?? null;
		}

		public function uploaded_files() {
			return self::$said['uploaded_files'] ?? array();
		}
	}

	class Stand_In_Form {
		public function id() {
			return WPCF7_Submission::$said['id'];
		}

		public function title() {
			return WPCF7_Submission::$said['title'];
		}

		public function prop( $name ) {
			return WPCF7_Submission::$said[ $name ];
		}

		public function scan_form_tags() {
			return array_map( function ( $tag ) {
				return (object) $tag;
			}, WPCF7_Submission::$said['tags'] );
		}
	}
}

/** Elementor's record. */
class Stand_In_Record {
	private $said;

	public function __construct( $said ) {
		$this->said = $said;
	}

	public function get( $name ) {
		return $this->said[ $name ];
	}

	public function get_form_settings( $name ) {
		return $this->said['form_settings'][ $name ] ?? '';
	}
}

/** A field of Gravity Forms: of a time the entry holds no parts. */
#[AllowDynamicProperties]
class Stand_In_Field {
	public function __construct( $said ) {
		foreach ( $said as $name => $value ) {
			$this->$name = $value;
		}
	}

	public function get_entry_inputs() {
		return 'time' === $this->type ? null : $this->inputs;
	}
}

/** An order or a line of WooCommerce: get_total() gives `total`, and so on. */
class Stand_In_Order {
	private $said;

	public function __construct( $said ) {
		$this->said = $said;
	}

	public function __call( $name, $arguments ) {
		$value = $this->said[ substr( $name, 4 ) ] ?? '';
		return 'get_date_' === substr( $name, 0, 9 ) && $value ? new DateTimeImmutable( $value . ' UTC' ) : $value;
	}

	public function get_billing_email() {
		return $this->said['billing']['email'];
	}

	public function get_address( $kind ) {
		return $this->said[ $kind ] ?? array();
	}

	public function get_meta( $name ) {
		return $this->said['meta'][ $name ] ?? '';
	}

	public function get_product() {
		return new self( array( 'sku' => $this->said['sku'] ?? '' ) );
	}

	public function get_items( $kind = 'line_item' ) {
		return array_map( function ( $line ) {
			return new self( $line );
		}, $this->said[ $kind . 's' ] ?? array() );
	}
}

function wc_get_order( $id ) {
	return Stand_Ins::$order ? new Stand_In_Order( Stand_Ins::$order ) : false;
}

class Stand_Ins {
	public static $order;

	public static function play( $name, $said ) {
		switch ( $name ) {
			case 'contact-form-7':
				WPCF7_Submission::$said = $said;
				$abort                  = ! empty( $said['abort'] );
				do_action_ref_array( 'wpcf7_before_send_mail', array( new Stand_In_Form(), &$abort, WPCF7_Submission::get_instance() ) );
				return;
			case 'wpforms':
				do_action( 'wpforms_process_complete', $said['fields'], array(), $said['form_data'], 7 );
				return;
			case 'gravity-forms':
				$said['form']['fields'] = array_map( function ( $field ) {
					return new Stand_In_Field( $field );
				}, $said['form']['fields'] );
				do_action( 'gform_after_submission', $said['entry'], $said['form'] );
				return;
			case 'elementor':
				do_action( 'elementor_pro/forms/new_record', new Stand_In_Record( $said ), null );
				return;
			case 'woocommerce':
				self::$order = $said;
				do_action( $said['hook'] ?? 'woocommerce_new_order', $said['id'], new Stand_In_Order( $said ) );
				if ( 'woocommerce_before_delete_order' === ( $said['hook'] ?? '' ) ) {
					self::$order = null;
					return;
				}
				do_action( 'woocommerce_update_order', $said['id'], new Stand_In_Order( $said ) );
		}
	}
}

add_action( 'init', function () {
	if ( ! isset( $_GET['stand-in'] ) ) {
		return;
	}
	$said  = json_decode( file_get_contents( 'php://input' ), true );
	$begun = hrtime( true );
	Stand_Ins::play( $_GET['stand-in'], $said );
	$held = hrtime( true ) - $begun;
	add_action( 'shutdown', function () {
		$GLOBALS['stand_in_ended'] = hrtime( true );
	}, 100 );
	add_action( 'shutdown', function () use ( $held ) {
		echo wp_json_encode( array( 'page' => $held / 1e6, 'after' => ( hrtime( true ) - $GLOBALS['stand_in_ended'] ) / 1e6 ) );
	}, PHP_INT_MAX );
	header( 'Content-Type: application/json' );
	exit;
}, 20 );
