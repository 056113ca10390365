<?php
/**
 * A plug-in whose submissions are sent. What goes wrong with us must never trouble a visitor's form.
 */

namespace Ringback\Sources;

use Ringback\Settings;

defined( 'ABSPATH' ) || exit;

abstract class Source {

	/** Give all that are known, by their keys. */
	public static function all(): array {
		return array(
			'contact-form-7' => new ContactForm7(),
			'wpforms'        => new WPForms(),
			'gravity-forms'  => new GravityForms(),
			'elementor'      => new Elementor(),
			'woocommerce'    => new WooCommerce(),
		);
	}

	public static function chosen(): array {
		return array_intersect_key( self::all(), array_flip( Settings::sources() ) );
	}

	/** Its own name, as its owners write it. */
	abstract public function title(): string;

	abstract public function is_here(): bool;

	abstract public function listen(): void;

	/** Do it, and only write down what went wrong. */
	protected function quietly( callable $deed ): void {
		try {
			$deed();
		} catch ( \Throwable $problem ) {
			error_log( 'Ringback: ' . $this->title() . ': ' . $problem->getMessage() );
		}
	}
}
