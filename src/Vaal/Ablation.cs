namespace Vaal;

/// <summary>VAAL without one of its parts, as in the paper's ablation study.</summary>
internal enum Ablation
{
    None,

    /// <summary>A discriminator on images: the layers of encoder and discriminator as one network that learns Eq. 4 alone.</summary>
    NoVae,

    /// <summary>The VAE learns Eq. 1 alone; then it is fixed, and the discriminator learns for as long again.</summary>
    FrozenVae,

    /// <summary>The VAE learns Eq. 1; there is no discriminator.</summary>
    NoDiscriminator,
}
